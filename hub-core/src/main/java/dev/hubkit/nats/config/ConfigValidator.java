package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.time.GoDuration;
import java.util.List;

/**
 * Checks what only shows when all of a configuration, flags included, is known; in the words
 * nats-server uses when it refuses to start (validateOptions in its {@code server.go}).
 */
final class ConfigValidator {
  private final ServerConfig config;

  private ConfigValidator(ServerConfig config) {
    this.config = config;
  }

  /**
   * Checks a configuration.
   *
   * @throws ConfigException for the first thing that is wrong
   */
  static void check(ServerConfig config) {
    checkOptions(config);
    new ConfigValidator(config).checkSystemAccount();
  }

  /** Checks what {@code nats-server -t} does, too. */
  static void checkOptions(ServerConfig config) {
    ConfigValidator validator = new ConfigValidator(config);
    validator.checkLameDuck();
    validator.checkSizes();
    if (config.get(Options.SERVER_NAME).contains(" ")) {
      throw new ConfigException("server name cannot contain spaces");
    }
    if (config.get(Options.CLUSTER).name().contains(" ")) {
      throw new ConfigException("cluster name cannot contain spaces");
    }
    validator.checkOperators();
    config.checkStart();
    validator.checkNoAuthUser(config.get(Options.NO_AUTH_USER));
    for (String key : config.get(Options.TRUSTED_PROXIES)) {
      if (!ProxiesReader.isPublicKey(key)) {
        throw new ConfigException("proxy trusted key " + quoted(key) + " is invalid");
      }
    }
    JetStreamValidator.check(config);
    config
        .get(Options.WEBSOCKET)
        .ifPresent(
            websocket -> {
              validator.checkNoAuthUser(websocket.noAuthUser());
              WebSocketValidator.check(websocket, config);
            });
  }

  private void checkLameDuck() {
    long duration = config.get(Options.LAME_DUCK_DURATION);
    long grace = config.get(Options.LAME_DUCK_GRACE_PERIOD);
    if (duration > 0 && grace >= duration) {
      throw new ConfigException(
          "lame duck grace period ("
              + GoDuration.format(grace)
              + ") should be strictly lower than lame duck duration ("
              + GoDuration.format(duration)
              + ")");
    }
  }

  private void checkSizes() {
    if (config.get(Options.MAX_PAYLOAD) > config.get(Options.MAX_PENDING)) {
      throw new ConfigException(
          "max_payload ("
              + config.get(Options.MAX_PAYLOAD)
              + ") cannot be higher than max_pending ("
              + config.get(Options.MAX_PENDING)
              + ")");
    }
  }

  private void checkOperators() {
    if (config.get(Options.OPERATORS).isEmpty()) {
      if (!config.get(Options.DEFAULT_SENTINEL).isEmpty()) {
        throw new ConfigException("default sentinel requires operators and accounts");
      }
      return;
    }
    if (!config.isSet(Options.RESOLVER)) {
      throw new ConfigException("operators require an account resolver to be configured");
    }
    if (!config.get(Options.ACCOUNTS).isEmpty()) {
      throw new ConfigException("operators do not allow Accounts to be configured directly");
    }
    if (!config.get(Options.USERS).isEmpty()) {
      throw new ConfigException("operators do not allow users to be configured directly");
    }
    if (!config.get(Options.TRUSTED_KEYS).isEmpty()) {
      throw new ConfigException("conflicting options for 'TrustedKeys' and 'TrustedOperators'");
    }
    if (config.isSet(Options.AUTH_CALLOUT)) {
      throw new ConfigException(
          "operators do not allow authorization callouts to be configured directly");
    }
  }

  private void checkSystemAccount() {
    String name = config.get(Options.SYSTEM_ACCOUNT);
    boolean listed =
        name.isEmpty()
            || name.equals("$SYS")
            || name.equals("$G")
            || !config.get(Options.OPERATORS).isEmpty()
            || config.get(Options.ACCOUNTS).stream().anyMatch(each -> each.name().equals(name));
    if (!listed) {
      throw new ConfigException("error resolving system account: account missing");
    }
  }

  private void checkNoAuthUser(String user) {
    checkNoAuthUser(user, config);
  }

  /** Checks the user that clients of a listener are without a login; empty for none. */
  static void checkNoAuthUser(String user, ServerConfig config) {
    if (user.isEmpty()) {
      return;
    }
    if (!config.get(Options.OPERATORS).isEmpty()) {
      throw new ConfigException("no_auth_user not compatible with Trusted Operator");
    }
    List<UserConfig> users = config.get(Options.USERS);
    if (users.isEmpty()) {
      throw new ConfigException(
          "no_auth_user: " + quoted(user) + " present, but users/nkeys are not defined");
    }
    if (users.stream().noneMatch(known -> known.key().equals(user))) {
      throw new ConfigException(
          "no_auth_user: "
              + quoted(user)
              + " not present as user or nkey in authorization block or account configuration");
    }
  }
}
