package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.release.Compatibility;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration file of nats-server into options. Problems are reported in its words, all
 * of them at once.
 */
public final class ConfigFile {
  private static final FieldTable<ConfigFile> BLOCKS = new FieldTable<>();

  static {
    addLogins(BLOCKS);
    addListeners(BLOCKS);
    addUnsupported(BLOCKS);
    addOwn(BLOCKS);
  }

  private final Problems problems;
  private final ServerConfig config = new ServerConfig();
  private final ServerFields serverFields;
  private final AuthorizationReader authorization;
  private final AccountsReader accountsReader;
  private final OperatorReader operators;
  private final StartChecks blocks = new StartChecks();
  private final List<UserConfig> users = new ArrayList<>();
  private boolean usersListed;

  private ConfigFile(Compatibility compatibility, boolean tolerant) {
    problems = new Problems(compatibility, tolerant);
    serverFields = new ServerFields(problems, config);
    authorization = new AuthorizationReader(problems);
    accountsReader = new AccountsReader(problems, authorization);
    operators = new OperatorReader(problems, config);
  }

  /**
   * Reads a file. Warnings are in the result.
   *
   * @param environment looks up environment variables
   * @throws ConfigException if the file has an error
   */
  public static ServerConfig read(String file, UnaryOperator<@Nullable String> environment) {
    return read(file, environment, ReadOptions.DEFAULT);
  }

  /**
   * Reads a file for a server that behaves like certain releases of nats-server, whatever the file
   * says; see {@link #read(String, UnaryOperator)}.
   */
  public static ServerConfig read(
      String file, UnaryOperator<@Nullable String> environment, Compatibility compatibility) {
    return read(file, environment, new ReadOptions(compatibility, false));
  }

  /**
   * Reads a file in a certain way; see {@link #read(String, UnaryOperator)}. Where what Hub has not
   * is tolerated, {@link ServerConfig#omissions()} tells what was left out.
   */
  public static ServerConfig read(
      String file, UnaryOperator<@Nullable String> environment, ReadOptions options) {
    Map<String, ConfigValue> fields = ConfigReader.read(file, environment);
    ConfigFile reader = read(file, fields, options);
    if (reader.problems.any()) {
      throw new ConfigException(reader.problems.errors(), reader.problems.warnings());
    }
    reader.config.set(Options.CONFIG_FILE, file);
    reader.config.fileRead(reader.problems.warnings(), reader.problems.omissions());
    return reader.config;
  }

  /**
   * Checks what {@code nats-server -t} does when all of a configuration, flags included, is known.
   *
   * @throws ConfigException in the words nats-server uses
   */
  public static void validateOptions(ServerConfig config) {
    ConfigValidator.checkOptions(config);
  }

  private static ConfigFile read(
      String file, Map<String, ConfigValue> fields, ReadOptions options) {
    ConfigFile reader =
        new ConfigFile(
            compatibility(fields, options.compatibility()), options.toleratesUnsupported());
    reader.readDocument(file, fields);
    return reader;
  }

  /**
   * Checks a file, as {@code nats-server -t} does, for which a warning is an error.
   *
   * @return the line that says the file is valid, with its digest
   * @throws ConfigException if the file has an error or deserves a warning
   */
  public static String test(String file, UnaryOperator<@Nullable String> environment) {
    return test(file, environment, ReadOptions.DEFAULT);
  }

  /** Checks a file in a certain way; see {@link #test(String, UnaryOperator)}. */
  public static String test(
      String file, UnaryOperator<@Nullable String> environment, ReadOptions options) {
    Map<String, ConfigValue> fields = ConfigReader.read(file, environment);
    ConfigFile reader = read(file, fields, options);
    if (reader.problems.any() || !reader.problems.warnings().isEmpty()) {
      throw new ConfigException(reader.problems.errors(), reader.problems.warnings());
    }
    ConfigValidator.checkOptions(reader.config);
    return "configuration file " + file + " is valid (" + ConfigDigest.of(fields) + ")";
  }

  /** Returns the digest that monitoring shows for a file. */
  public static String digest(String file, UnaryOperator<@Nullable String> environment) {
    return ConfigDigest.of(ConfigReader.read(file, environment));
  }

  /**
   * Checks what only shows when all of a configuration, flags included, is known.
   *
   * @throws ConfigException in the words nats-server uses when it refuses to start
   */
  public static void validate(ServerConfig config) {
    ConfigValidator.check(config);
  }

  // Read before everything else, since the other fields depend on it. The field itself is read in
  // its turn, and reports there what is wrong with it.
  private static Compatibility compatibility(
      Map<String, ConfigValue> fields, @Nullable Compatibility given) {
    ConfigValue said = fields.get(Options.COMPATIBILITY.name());
    if (given != null) {
      return given;
    }
    try {
      return said == null ? Compatibility.current() : compatibility(said);
    } catch (ConfigException e) {
      return Compatibility.current();
    }
  }

  private static Compatibility compatibility(ConfigValue value) {
    if (!value.isString()) {
      throw value.error("compat must be in quotes, such as compat: \"2.14\"");
    }
    try {
      return Compatibility.named(value.string());
    } catch (IllegalArgumentException e) {
      throw value.error(String.valueOf(e.getMessage()));
    }
  }

  private void readDocument(String file, Map<String, ConfigValue> fields) {
    if (fields.isEmpty()) {
      problems.warn(file + ": config has no values or is empty");
    }
    ConfigValue system = fields.getOrDefault("system_account", fields.get("system"));
    if (system != null) {
      problems.attempt(
          () -> {
            if (!system.isString()) {
              throw system.error("system account name must be a string");
            }
            config.set(Options.SYSTEM_ACCOUNT, system.string());
          });
    }
    fields.forEach((name, value) -> problems.attempt(() -> field(name, value)));
    config.startCheck(blocks::check);
    if (usersListed) {
      config.set(Options.USERS, List.copyOf(users));
    }
    config
        .find(Options.AUTH_CALLOUT)
        .ifPresent(callout -> callout.allowedAccounts().forEach(this::checkAllowedAccount));
  }

  private void checkAllowedAccount(String name) {
    if (config.get(Options.ACCOUNTS).stream().noneMatch(account -> account.name().equals(name))) {
      problems.add(
          new ConfigException(
              "auth_callout allowed account "
                  + quoted(name)
                  + " not found in configured accounts"));
    }
  }

  private void field(String name, ConfigValue value) {
    if (!serverFields.read(name, value) && !BLOCKS.read(this, name, value, problems)) {
      problems.unknown(name, value);
    }
  }

  private static <T> BiConsumer<ConfigFile, ConfigValue> set(
      Option<T> option, Function<ConfigValue, T> form) {
    return (file, value) -> file.config.set(option, form.apply(value));
  }

  private static void addLogins(FieldTable<ConfigFile> table) {
    table
        .field("authorization", ConfigFile::authorization)
        .field("accounts", ConfigFile::accounts)
        .field("mappings", "maps", ConfigFile::mappings)
        .field("no_auth_user", set(Options.NO_AUTH_USER, ConfigValue::string))
        .field("default_sentinel", set(Options.DEFAULT_SENTINEL, ConfigValue::string))
        .field(
            "system_account",
            "system",
            (file, value) -> {
              // Read before everything else.
            })
        .field(
            List.of("no_system_account", "no_system", "no_sys_acc"),
            set(Options.NO_SYSTEM_ACCOUNT, ConfigValue::bool))
        .field(
            List.of("operator", "operators", "roots", "root", "root_operators", "root_operator"),
            (file, value) -> file.operators.operators(value))
        .field("trusted", "trusted_keys", (file, value) -> file.operators.trustedKeys(value))
        .field(
            List.of("resolver", "account_resolver", "accounts_resolver"),
            (file, value) -> file.operators.resolver(value))
        .field(
            "resolver_tls",
            (file, value) ->
                file.config.set(
                    Options.RESOLVER_TLS, Optional.of(TlsReader.read(value, true, file.problems))))
        .field("resolver_preload", (file, value) -> file.operators.preload(value))
        .field("resolver_pinned_accounts", (file, value) -> file.operators.pinnedAccounts(value));
  }

  private static void addListeners(FieldTable<ConfigFile> table) {
    table
        .field("tls", ConfigFile::tls)
        .field("allow_non_tls", set(Options.ALLOW_NON_TLS, ConfigValue::bool))
        .field("cluster", ConfigFile::cluster)
        .field("websocket", "ws", ConfigFile::webSocket)
        .field(
            "jetstream",
            (file, value) ->
                new JetStreamReader(file.problems, file.config).read(value.convertedAt(value)))
        .field(
            "store_dir",
            "storedir",
            (file, value) -> JetStreamReader.storeDirectory(file.config, value))
        .field("default_js_domain", ConfigFile::defaultDomains)
        .field("proxy_protocol", set(Options.PROXY_PROTOCOL, ConfigValue::bool))
        .field(
            "proxies",
            (file, value) ->
                file.config.set(
                    Options.TRUSTED_PROXIES, new ProxiesReader(file.problems).read(value)))
        .field("feature_flags", ConfigFile::featureFlags);
  }

  private static void addOwn(FieldTable<ConfigFile> table) {
    table
        .field(Options.COMPATIBILITY.name(), set(Options.COMPATIBILITY, ConfigFile::compatibility))
        .field(Options.ACCEPT_REPLICAS.name(), set(Options.ACCEPT_REPLICAS, ConfigValue::bool));
  }

  private static void addUnsupported(FieldTable<ConfigFile> table) {
    table
        .field("ocsp", (file, value) -> OcspReader.stapling(value, file.problems))
        .field("ocsp_cache", (file, value) -> OcspReader.cache(value))
        .field("leaf", "leafnodes", ConfigFile::leafNodes)
        .field(
            "gateway",
            (file, value) ->
                file.blocks.gateway =
                    new GatewayReader(file.problems, file.authorization).read(value))
        .field(
            "mqtt",
            (file, value) ->
                file.blocks.mqtt = new MqttReader(file.problems, file.authorization).read(value));
  }

  private void tls(ConfigValue value) {
    config.set(Options.TLS, Optional.of(TlsReader.read(value, true, problems)));
  }

  private void cluster(ConfigValue value) {
    ClusterReader reader = new ClusterReader(problems, authorization);
    blocks.cluster = reader;
    config.set(Options.CLUSTER, reader.read(value));
  }

  private void leafNodes(ConfigValue value) {
    LeafNodesReader reader = new LeafNodesReader(problems);
    blocks.leafNodes = reader.read(value);
    config.set(Options.LEAFNODES, reader.config());
  }

  private void defaultDomains(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("error default_js_domain config: unsupported type " + value.type());
    }
    Map<String, String> domains = new LinkedHashMap<>();
    value
        .convertedAt(value)
        .map()
        .forEach((account, domain) -> domains.put(account, domain.string()));
    config.set(Options.DEFAULT_JS_DOMAINS, Map.copyOf(domains));
  }

  private void webSocket(ConfigValue value) {
    WebSocketConfig read = new WebSocketReader(problems, authorization).read(value);
    config.set(Options.WEBSOCKET, Optional.of(read));
  }

  private void featureFlags(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("error parsing feature flags: unsupported type " + value.type());
    }
    Map<String, Boolean> flags = new TreeMap<>();
    value.map().forEach((name, flag) -> flags.put(name, featureFlag(name, flag)));
    config.set(Options.FEATURE_FLAGS, Collections.unmodifiableMap(flags));
  }

  private static boolean featureFlag(String name, ConfigValue value) {
    if (!value.isBool()) {
      throw value.error(
          "error parsing feature flag " + quoted(name) + ": expected bool, got " + value.type());
    }
    return value.bool();
  }

  private void mappings(ConfigValue value) {
    config.set(Options.MAPPINGS, new MappingReader(problems).read(value, "$G"));
  }

  private void accounts(ConfigValue value) {
    List<AccountConfig> accounts = new ArrayList<>();
    for (AccountConfig.Builder account : accountsReader.read(value)) {
      accounts.add(account.build());
      if (account.users.isEmpty()) {
        continue;
      }
      ConfigValue place = account.usersPlace == null ? value : account.usersPlace;
      if (!config.get(Options.USER).isEmpty()) {
        problems.add(place, "Can not have a single user/pass and accounts");
      } else if (!config.get(Options.TOKEN).isEmpty()) {
        problems.add(place, "Can not have a token and accounts");
      } else {
        addUsers(account.users, place);
      }
    }
    config.set(Options.ACCOUNTS, List.copyOf(accounts));
  }

  private void addUsers(List<UserConfig> added, ConfigValue place) {
    usersListed = true;
    Set<String> known = new HashSet<>();
    users.forEach(user -> known.add(user.key()));
    for (UserConfig user : added) {
      if (known.add(user.key())) {
        users.add(user);
      } else {
        problems.add(
            place,
            "Duplicate "
                + (user.nkey().isEmpty() ? "user " : "nkey ")
                + quoted(user.key())
                + " detected");
      }
    }
  }

  private void authorization(ConfigValue value) {
    AuthorizationReader.Block block = authorization.read(value);
    config.set(Options.USER, block.user);
    config.set(Options.PASSWORD, block.password);
    config.set(Options.TOKEN, block.token);
    config.set(Options.AUTH_TIMEOUT, block.timeoutSeconds);
    if (block.callout != null) {
      config.set(Options.AUTH_CALLOUT, block.callout);
    }
    config.set(Options.PROXY_REQUIRED, block.proxyRequired);
    if (!(block.user.isEmpty() && block.password.isEmpty()) && !block.token.isEmpty()) {
      throw value.error("Cannot have a user/pass and token");
    }
    List<UserConfig> listed = block.users;
    if (listed != null || !users.isEmpty()) {
      if (!block.user.isEmpty()) {
        throw value.error("Can not have a single user/pass and a users array");
      }
      if (!block.token.isEmpty()) {
        throw value.error("Can not have a token and a users array");
      }
    }
    if (listed != null) {
      addUsers(listed, value);
    }
  }
}
