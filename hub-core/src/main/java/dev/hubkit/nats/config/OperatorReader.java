package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.io.SystemError;
import dev.hubkit.nats.config.ResolverConfig.Kind;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.credential.OperatorClaims;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the options of operator mode: operators, trusted keys, resolver and preloaded accounts. */
final class OperatorReader {
  private static final Pattern MEMORY = Pattern.compile("(?i)(MEM|MEMORY)\\s*");
  private static final Pattern URL =
      Pattern.compile("(?i)URL(?:\\(\\s*\"?([^\\s\"]*)\"?\\s*\\))?\\s*");
  private static final Pattern ARMORED =
      Pattern.compile("-{3,}[^\\n]*-{3,}\\r?\\n\\s*(\\S+)\\s*\\n-{3,}[^\\n]*-{3,}");

  private final Problems problems;
  private final ServerConfig config;

  OperatorReader(Problems problems, ServerConfig config) {
    this.problems = problems;
    this.config = config;
  }

  void operators(ConfigValue value) {
    List<ConfigValue> sources;
    if (value.isString()) {
      sources = List.of(value);
    } else if (value.isList()) {
      sources = value.list();
    } else {
      throw value.error("error parsing operators: unsupported type " + value.type());
    }
    List<OperatorClaims> operators = new ArrayList<>();
    for (ConfigValue source : sources) {
      if (!source.isString()) {
        throw value.error(
            "error parsing operators: unsupported type *conf.token where string is expected");
      }
      problems.attempt(() -> operators.add(operator(source.string(), value)));
    }
    config.set(Options.OPERATORS, List.copyOf(operators));
    if (operators.size() != 1) {
      return;
    }
    OperatorClaims only = operators.get(0);
    if (!only.accountServerUrl().isEmpty() && !config.isSet(Options.RESOLVER)) {
      config.set(Options.RESOLVER, ResolverConfig.url(only.accountServerUrl() + "/accounts"));
    }
    if (config.get(Options.SYSTEM_ACCOUNT).isEmpty()) {
      config.set(Options.SYSTEM_ACCOUNT, only.systemAccount());
    }
  }

  // Either a token or the name of a file that holds one, bare or between BEGIN and END lines.
  private static OperatorClaims operator(String source, ConfigValue place) {
    String complaint = "error parsing operator JWT: ";
    try {
      String token = source;
      if (!source.startsWith("eyJ")) {
        String text = Files.readString(Path.of(source));
        Matcher armored = ARMORED.matcher(text);
        token = armored.find() ? armored.group(1) : text;
      }
      return OperatorClaims.parse(token);
    } catch (IOException e) {
      throw place.error(complaint + SystemError.reading(source, e));
    } catch (CredentialException e) {
      throw place.error(complaint + e.getMessage());
    }
  }

  void trustedKeys(ConfigValue value) {
    List<String> keys = new ArrayList<>();
    if (value.isString() || value.isList()) {
      keys.addAll(problems.strings("trusted", value));
    } else {
      throw value.error("error parsing trusted: unsupported type " + value.type());
    }
    boolean listed = value.isList() && !value.list().isEmpty();
    // nats-server tells the place of the last key for each of them.
    ConfigValue place = listed ? value.list().get(value.list().size() - 1) : value;
    for (String key : keys) {
      if (!NKey.isValid(key, NKey.Role.OPERATOR)) {
        problems.add(
            place, "trust key " + quoted(key) + " required to be a valid public operator nkey");
      }
    }
    config.set(Options.TRUSTED_KEYS, List.copyOf(keys));
  }

  void pinnedAccounts(ConfigValue value) {
    config.set(
        Options.RESOLVER_PINNED_ACCOUNTS,
        List.copyOf(problems.strings("resolver_pinned_accounts", value)));
  }

  void preload(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("preload should be a map of account_public_key:account_jwt");
    }
    Map<String, String> accounts = new LinkedHashMap<>();
    value
        .map()
        .forEach(
            (key, field) -> {
              if (!field.isString()) {
                problems.add(field, "preload map value should be a string JWT");
                return;
              }
              try {
                if (!Jwt.parse(field.string()).type().equals("account")) {
                  problems.add(field, "invalid account JWT");
                }
                accounts.put(key, field.string());
              } catch (CredentialException e) {
                problems.add(field, "invalid account JWT");
              }
            });
    config.set(Options.RESOLVER_PRELOAD, Map.copyOf(accounts));
  }

  void resolver(ConfigValue value) {
    if (value.isMap()) {
      config.set(Options.RESOLVER, directory(value));
      return;
    }
    if (!value.isString()) {
      throw value.error("error parsing operator resolver, wrong type " + value.type());
    }
    String text = value.string();
    Matcher url = URL.matcher(text);
    if (MEMORY.matcher(text).find()) {
      config.set(Options.RESOLVER, ResolverConfig.memory());
    } else if (url.find() && url.group(1) != null && !url.group(1).isEmpty()) {
      ClusterReader.url(url.group(1), "account resolver", value);
      config.set(Options.RESOLVER, ResolverConfig.url(url.group(1)));
    } else {
      throw form(value);
    }
  }

  private static ConfigException form(ConfigValue value) {
    return value.error(
        "error parsing account resolver, should be MEM or  URL(\"url\") or a map containing dir and"
            + " type state=[FULL|CACHE])");
  }

  private ResolverConfig directory(ConfigValue value) {
    Map<String, ConfigValue> fields = value.map();
    String directory = string(fields, "dir");
    String type = string(fields, "type").toUpperCase(Locale.ROOT);
    boolean delete = fields.containsKey("allow_delete") && fields.get("allow_delete").bool();
    boolean hardDelete = fields.containsKey("hard_delete") && fields.get("hard_delete").bool();
    long limit = fields.containsKey("limit") ? fields.get("limit").integer() : 0;
    long ttl = duration(fields, "ttl", value);
    long interval = duration(fields, "interval", value);
    long timeout = duration(fields, "timeout", value);
    Kind kind =
        switch (type) {
          case "CACHE" -> Kind.CACHE;
          case "FULL" -> Kind.FULL;
          case "MEM", "MEMORY" -> Kind.MEMORY;
          default -> throw form(value);
        };
    if (kind == Kind.MEMORY) {
      return ResolverConfig.memory();
    }
    if (directory.isEmpty()) {
      throw value.error("dir has no value and needs to point to a directory");
    }
    Path path = Path.of(directory);
    if (Files.exists(path) && (!Files.isDirectory(path) || !Files.isWritable(path))) {
      throw value.error("dir needs to point to an accessible directory");
    }
    if (kind == Kind.CACHE) {
      refuse(interval != 0, value, "CACHE does not accept sync");
      refuse(delete, value, "CACHE does not accept allow_delete");
      refuse(fields.containsKey("hard_delete"), value, "CACHE does not accept hard_delete");
    } else {
      refuse(ttl != 0, value, "FULL does not accept ttl");
      refuse(
          fields.containsKey("hard_delete") && !delete,
          value,
          "hard_delete has no effect without delete");
    }
    return new ResolverConfig(kind, directory, delete, hardDelete, limit, ttl, timeout);
  }

  private static void refuse(boolean wrong, ConfigValue place, String problem) {
    if (wrong) {
      throw place.error(problem);
    }
  }

  private static String string(Map<String, ConfigValue> fields, String name) {
    ConfigValue value = fields.get(name);
    return value == null ? "" : value.string();
  }

  private static long duration(Map<String, ConfigValue> fields, String name, ConfigValue place) {
    ConfigValue value = fields.get(name);
    return value == null ? 0 : Problems.duration("", value.string(), place);
  }
}
