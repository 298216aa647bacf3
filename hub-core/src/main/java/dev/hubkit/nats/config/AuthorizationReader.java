package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads {@code authorization} blocks. */
final class AuthorizationReader {
  private static final double LONG_TIMEOUT_SECONDS = 60;

  private static final FieldTable<Block> LISTENER_FIELDS =
      addLogin(new FieldTable<>())
          .field(
              "timeout",
              (block, value) ->
                  block.timeoutSeconds =
                      value.value() instanceof Number seconds ? seconds.doubleValue() : 1);

  private final Problems problems;
  private final UserReader users;
  private final PermissionsReader permissions;
  private final FieldTable<Block> fields;

  AuthorizationReader(Problems problems) {
    this.problems = problems;
    this.permissions = new PermissionsReader(problems);
    this.users = new UserReader(problems, permissions);
    this.fields =
        addLogin(new FieldTable<>())
            .named(
                List.of("timeout"),
                (block, name, value) -> block.timeoutSeconds = timeout(name, value))
            .field("users", (block, value) -> block.users = users.read(value))
            .field(
                List.of("default_permission", "default_permissions", "permissions"),
                (block, value) -> block.defaultPermissions = permissions.read(value))
            .field(
                "auth_callout",
                "auth_hook",
                (block, value) -> block.callout = new AuthCalloutReader(problems).read(value))
            .field("proxy_required", (block, value) -> block.proxyRequired = value.bool());
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

  private static FieldTable<Block> addLogin(FieldTable<Block> table) {
    return table
        .field("user", "username", (block, value) -> block.user = value.string())
        .field("pass", "password", (block, value) -> block.password = value.string())
        .field("token", (block, value) -> block.token = value.string());
  }

  Block read(ConfigValue value) {
    Block block = new Block();
    fields.readAll(block, value, problems);
    PermissionsConfig defaults = block.defaultPermissions;
    if (block.users != null && defaults != null) {
      block.users = UserReader.withDefaults(block.users, defaults);
    }
    return block;
  }

  /** Reads the authorization of a listener: one user or a token, without permissions. */
  Block readListener(ConfigValue value) {
    Block block = new Block();
    LISTENER_FIELDS.readAll(block, value, problems);
    return block;
  }

  private double timeout(String name, ConfigValue field) {
    return timeout(name, field, "authorization", problems);
  }

  /** Reads how long a login may take, in seconds. */
  static double timeout(String name, ConfigValue field, String section, Problems problems) {
    double seconds = Problems.seconds(field, section);
    if (seconds > LONG_TIMEOUT_SECONDS) {
      problems.warn(
          field,
          String.format(
              Locale.ROOT,
              "invalid use of field %s: timeout of %s (%s seconds) is high, consider keeping it"
                  + " under 60 seconds. possibly caused by unquoted duration; use '1m' instead of"
                  + " 1m, for example",
              quoted(name),
              field.formatted(),
              new BigDecimal(seconds).setScale(6, RoundingMode.HALF_EVEN).toPlainString()));
    }
    return seconds;
  }

  /** What reads lists of users, here and in accounts. */
  UserReader users() {
    return users;
  }

  /** What reads permissions, here and elsewhere. */
  PermissionsReader permissions() {
    return permissions;
  }
}
