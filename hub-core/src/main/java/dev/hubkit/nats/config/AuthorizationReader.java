package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads {@code authorization} blocks, lists of users, permissions and the auth callout. */
final class AuthorizationReader {
  private static final String GLOBAL_ACCOUNT = "$G";
  private static final double LONG_TIMEOUT_SECONDS = 60;

  // One response within two minutes, as in nats-server.
  private static final ResponsePermission ONE_RESPONSE =
      new ResponsePermission(1, 120_000_000_000L);

  private record Granted(@Nullable List<String> allow, List<String> deny) {
    static final Granted ALL = new Granted(null, List.of());

    // An empty list allows as much as none, in nats-server.
    static Granted of(List<String> allow, List<String> deny) {
      return new Granted(allow.isEmpty() ? null : allow, deny);
    }
  }

  private final Problems problems;

  AuthorizationReader(Problems problems) {
    this.problems = problems;
  }

  /** What an {@code authorization} block says; users are null where it has no such list. */
  static final class Block {
    String user = "";
    String password = "";
    String token = "";
    double timeoutSeconds;
    @Nullable List<UserConfig> users;
    @Nullable PermissionsConfig defaultPermissions;
    @Nullable AuthCalloutConfig callout;
    boolean proxyRequired;
  }

  Block authorization(ConfigValue value) {
    Block block = new Block();
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "user", "username" -> block.user = field.string();
            case "pass", "password" -> block.password = field.string();
            case "token" -> block.token = field.string();
            case "timeout" -> block.timeoutSeconds = timeout(name, field);
            case "users" -> block.users = users(field);
            case "default_permission", "default_permissions", "permissions" ->
                block.defaultPermissions = permissions(field);
            case "auth_callout", "auth_hook" -> block.callout = callout(field);
            case "proxy_required" -> block.proxyRequired = field.bool();
            default -> problems.unknown(name, field);
          }
        });
    PermissionsConfig defaults = block.defaultPermissions;
    if (block.users != null && defaults != null) {
      block.users = withDefaults(block.users, defaults);
    }
    return block;
  }

  static List<UserConfig> withDefaults(List<UserConfig> users, PermissionsConfig defaults) {
    return users.stream()
        .map(user -> user.permissions() == null ? user.withPermissions(defaults) : user)
        .toList();
  }

  /** The authorization of a listener: one user or a token, without permissions. */
  Block simple(ConfigValue value) {
    Block block = new Block();
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "user", "username" -> block.user = field.string();
            case "pass", "password" -> block.password = field.string();
            case "token" -> block.token = field.string();
            case "timeout" ->
                block.timeoutSeconds =
                    field.value() instanceof Number seconds ? seconds.doubleValue() : 1;
            default -> problems.unknown(name, field);
          }
        });
    return block;
  }

  private double timeout(String name, ConfigValue field) {
    double seconds = Problems.seconds(field, "authorization");
    if (seconds > LONG_TIMEOUT_SECONDS) {
      problems.warn(
          field,
          String.format(
              Locale.ROOT,
              "invalid use of field %s: timeout of %s (%f seconds) is high, consider keeping it"
                  + " under 60 seconds. possibly caused by unquoted duration; use '1m' instead of"
                  + " 1m, for example",
              quoted(name),
              field.value(),
              seconds));
    }
    return seconds;
  }

  List<UserConfig> users(ConfigValue value) {
    if (!value.isList()) {
      throw value.error("Expected users field to be an array, got " + value.value());
    }
    List<UserConfig> users = new ArrayList<>();
    for (ConfigValue element : value.list()) {
      if (element.isMap()) {
        users.add(user(element));
      } else {
        problems.add(element, "Expected user entry to be a map/struct, got " + element.value());
      }
    }
    return users;
  }

  private static final class User {
    String name = "";
    String password = "";
    String nkey = "";
    @Nullable PermissionsConfig permissions;
    Set<ConnectionType> connectionTypes = Set.of();
    boolean proxyRequired;
    @Nullable ConfigValue last;
  }

  private UserConfig user(ConfigValue value) {
    User user = new User();
    problems.each(
        value.map(),
        (key, name, field) -> {
          user.last = field;
          switch (key) {
            case "nkey" -> user.nkey = field.string();
            case "user", "username" -> user.name = field.string();
            case "pass", "password" -> user.password = field.string();
            case "permission", "permissions", "authorization" ->
                user.permissions = permissions(field);
            case "allowed_connection_types", "connection_types", "clients" ->
                user.connectionTypes = connectionTypes(field);
            case "proxy_required" -> user.proxyRequired = field.bool();
            default -> problems.unknown(name, field);
          }
        });
    ConfigValue place = user.last == null ? value : user.last;
    if (user.nkey.isEmpty() && user.name.isEmpty()) {
      throw place.error("User entry requires a user");
    }
    if (!user.nkey.isEmpty()) {
      if (!NKey.isValid(user.nkey, NKey.Role.USER)) {
        throw place.error("Not a valid public nkey for a user");
      }
      if (!user.name.isEmpty() || !user.password.isEmpty()) {
        throw place.error("Nkey users do not take usernames or passwords");
      }
    }
    return new UserConfig(
        user.name,
        user.password,
        user.nkey,
        "",
        user.permissions,
        user.connectionTypes,
        user.proxyRequired);
  }

  private Set<ConnectionType> connectionTypes(ConfigValue value) {
    Set<ConnectionType> types = EnumSet.noneOf(ConnectionType.class);
    List<String> unknown = new ArrayList<>();
    for (String name : problems.strings("allowed connection types", value)) {
      ConnectionType type = ConnectionType.of(name);
      if (type == null) {
        unknown.add(name.toUpperCase(Locale.ROOT));
      } else {
        types.add(type);
      }
    }
    if (!unknown.isEmpty()) {
      throw value.error(
          unknown.stream()
              .map(Problems::quoted)
              .collect(Collectors.joining(" ", "invalid connection types [", "]")));
    }
    return types;
  }

  private static final class Callout {
    String issuer = "";
    String account = "";
    String xkey = "";
    List<String> users = List.of();
    List<String> accounts = List.of();
    @Nullable ConfigValue last;
  }

  private AuthCalloutConfig callout(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected authorization callout to be a map/struct, got " + value.value());
    }
    Callout callout = new Callout();
    problems.each(
        value.map(),
        (key, name, field) -> {
          callout.last = field;
          switch (key) {
            case "issuer" -> {
              callout.issuer = field.string();
              if (!NKey.isValid(callout.issuer, NKey.Role.ACCOUNT)) {
                throw field.error(
                    "Expected callout user to be a valid public account nkey, got "
                        + quoted(callout.issuer));
              }
            }
            case "account", "acc" -> callout.account = field.string();
            case "auth_users", "users" -> callout.users = names("auth_users", field);
            case "xkey", "key" -> {
              callout.xkey = field.string();
              if (!NKey.isValid(callout.xkey, NKey.Role.CURVE)) {
                throw field.error(
                    "Expected callout xkey to be a valid public xkey, got " + quoted(callout.xkey));
              }
            }
            case "allowed_accounts" -> callout.accounts = names("allowed accounts", field);
            default ->
                problems.unknown(
                    field, "Unknown field " + quoted(name) + " parsing authorization callout");
          }
        });
    ConfigValue place = callout.last == null ? value : callout.last;
    if (callout.issuer.isEmpty()) {
      throw place.error("Authorization callouts require an issuer to be specified");
    }
    if (callout.users.isEmpty()) {
      throw place.error("Authorization callouts require authorized users to be specified");
    }
    return new AuthCalloutConfig(
        callout.issuer,
        callout.account.isEmpty() ? GLOBAL_ACCOUNT : callout.account,
        callout.users,
        callout.xkey,
        callout.accounts);
  }

  private static List<String> names(String what, ConfigValue value) {
    if (!value.isList()) {
      throw value.error("Expected " + what + " field to be an array, got *conf.token");
    }
    return value.list().stream().map(ConfigValue::string).toList();
  }

  private static final class Grants {
    Granted publish = Granted.ALL;
    Granted subscribe = Granted.ALL;
    @Nullable ResponsePermission responses;
  }

  PermissionsConfig permissions(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected permissions to be a map/struct, got " + value.value());
    }
    Grants grants = new Grants();
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "pub", "publish", "import" -> grants.publish = subjects(field, false);
            case "sub", "subscribe", "export" -> grants.subscribe = subjects(field, true);
            case "publish_allow_responses", "allow_responses" ->
                grants.responses = responses(field);
            default ->
                problems.unknown(field, "Unknown field " + quoted(name) + " parsing permissions");
          }
        });
    if (grants.responses != null && grants.publish.allow() == null) {
      grants.publish = new Granted(List.of(), grants.publish.deny());
    }
    return new PermissionsConfig(
        grants.publish.allow(),
        grants.publish.deny(),
        grants.subscribe.allow(),
        grants.subscribe.deny(),
        grants.responses);
  }

  private Granted subjects(ConfigValue value, boolean queues) {
    if (!value.isMap()) {
      return Granted.of(subjectList(value, queues, false), List.of());
    }
    List<List<String>> allow = new ArrayList<>();
    List<String> deny = new ArrayList<>();
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "allow" -> allow.add(subjectList(field, queues, true));
            case "deny" -> deny.addAll(subjectList(field, queues, true));
            default ->
                problems.unknown(
                    field,
                    "Unknown field name "
                        + quoted(name)
                        + " parsing subject permissions, only 'allow' or 'deny' are permitted");
          }
        });
    return Granted.of(allow.isEmpty() ? List.of() : allow.get(0), deny);
  }

  // Where subjects stand without "allow" or "deny", nats-server does not say where they are.
  private static List<String> subjectList(ConfigValue value, boolean queues, boolean placed) {
    List<String> subjects = new ArrayList<>();
    if (value.isString()) {
      subjects.add(value.string());
    } else if (value.isList()) {
      for (ConfigValue element : value.list()) {
        if (!element.isString()) {
          throw element.error("Subject in permissions array cannot be cast to string");
        }
        subjects.add(element.string());
      }
    } else {
      throw value.error(
          "Expected subject permissions to be a subject, or array of subjects, got "
              + value.type());
    }
    for (String subject : subjects) {
      String problem = problem(subject, queues);
      if (problem != null) {
        throw placed ? value.error(problem) : new ConfigException(problem);
      }
    }
    return subjects;
  }

  private static @Nullable String problem(String subject, boolean queues) {
    if (Subjects.isValid(subject)) {
      return null;
    }
    String[] parts = subject.strip().split("\\s+", -1);
    if (!queues || parts.length != 2) {
      return "subject " + quoted(subject) + " is not a valid subject";
    }
    if (!Subjects.isValid(parts[0])) {
      return "subject " + quoted(parts[0]) + " is not a valid subject";
    }
    return Subjects.isValid(parts[1])
        ? null
        : "queue " + quoted(parts[1]) + " is not a valid queue";
  }

  private @Nullable ResponsePermission responses(ConfigValue value) {
    if (value.isBool()) {
      return value.bool() ? ONE_RESPONSE : null;
    }
    if (!value.isMap()) {
      throw value.error("error parsing response permissions, expected a boolean or a map");
    }
    int[] messages = {ONE_RESPONSE.maxMessages()};
    long[] expires = {ONE_RESPONSE.expiresNanos()};
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "max", "max_msgs", "max_messages", "max_responses" -> {
              int max = (int) field.integer();
              messages[0] = max == 0 ? messages[0] : max;
            }
            case "expires", "expiration", "ttl" -> {
              if (!field.isString()) {
                throw field.error("error parsing expires, not a duration string");
              }
              long ttl = Problems.duration("error parsing expires: ", field.string(), field);
              expires[0] = ttl == 0 ? expires[0] : ttl;
            }
            default ->
                problems.unknown(field, "Unknown field " + quoted(name) + " parsing permissions");
          }
        });
    return new ResponsePermission(messages[0], expires[0]);
  }
}
