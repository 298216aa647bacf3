package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.time.GoDuration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration file of nats-server into options. Problems are reported in its words, all
 * of them at once.
 */
public final class ConfigFile {
  private static final long MIN_LAME_DUCK = 30_000_000_000L;

  private final Problems problems = new Problems();
  private final ServerConfig config = new ServerConfig();
  private final AuthorizationReader authorization = new AuthorizationReader(problems);
  private final AccountsReader accountsReader = new AccountsReader(problems, authorization);
  private final OperatorReader operators = new OperatorReader(problems, config);
  private final List<UserConfig> users = new ArrayList<>();
  private boolean usersListed;

  private ConfigFile() {}

  /**
   * Reads a file. Warnings are in the result.
   *
   * @param environment looks up environment variables
   * @throws ConfigException if the file has an error
   */
  public static ServerConfig read(String file, UnaryOperator<@Nullable String> environment) {
    ConfigFile reader = new ConfigFile();
    reader.document(file, ConfigReader.read(file, environment));
    if (reader.problems.any()) {
      throw new ConfigException(reader.problems.errors(), reader.problems.warnings());
    }
    reader.config.set(Options.CONFIG_FILE, file);
    reader.config.fileRead(reader.problems.warnings());
    return reader.config;
  }

  /**
   * Checks a file, as {@code nats-server -t} does, for which a warning is an error.
   *
   * @return the line that says the file is valid, with its digest
   * @throws ConfigException if the file has an error or deserves a warning
   */
  public static String test(String file, UnaryOperator<@Nullable String> environment) {
    Map<String, ConfigValue> fields = ConfigReader.read(file, environment);
    ConfigFile reader = new ConfigFile();
    reader.document(file, fields);
    if (reader.problems.any() || !reader.problems.warnings().isEmpty()) {
      throw new ConfigException(reader.problems.errors(), reader.problems.warnings());
    }
    return "configuration file " + file + " is valid (" + ConfigDigest.of(fields) + ")";
  }

  /** The digest that monitoring shows for a file. */
  public static String digest(String file, UnaryOperator<@Nullable String> environment) {
    return ConfigDigest.of(ConfigReader.read(file, environment));
  }

  private void document(String file, Map<String, ConfigValue> fields) {
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
    problems.each(fields, this::field);
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

  private void field(String key, String name, ConfigValue value) {
    if (!identity(key, value)
        && !logging(key, value)
        && !limit(key, name, value)
        && !security(key, value)
        && !structure(key, name, value)) {
      problems.unknown(name, value);
    }
  }

  private boolean identity(String key, ConfigValue value) {
    switch (key) {
      case "listen" -> {
        Listen listen = Listen.of(value);
        if (!listen.host().isEmpty()) {
          config.set(Options.HOST, listen.host());
        }
        port(listen.port());
      }
      case "port" -> port((int) value.integer());
      case "host", "net" -> config.set(Options.HOST, value.string());
      case "client_advertise" -> config.set(Options.CLIENT_ADVERTISE, value.string());
      case "server_name" -> {
        if (value.string().contains(" ")) {
          throw value.error("server name cannot contain spaces");
        }
        config.set(Options.SERVER_NAME, value.string());
      }
      case "http" -> {
        Listen listen = Listen.of(value);
        config.set(Options.HTTP_HOST, listen.host());
        config.set(Options.HTTP_PORT, listen.port());
      }
      case "https" -> {
        Listen listen = Listen.of(value);
        config.set(Options.HTTP_HOST, listen.host());
        config.set(Options.HTTPS_PORT, listen.port());
      }
      case "http_port", "monitor_port" -> config.set(Options.HTTP_PORT, (int) value.integer());
      case "https_port" -> config.set(Options.HTTPS_PORT, (int) value.integer());
      case "http_base_path" -> config.set(Options.HTTP_BASE_PATH, value.string());
      case "pidfile", "pid_file" -> config.set(Options.PID_FILE, value.string());
      case "ports_file_dir" -> config.set(Options.PORTS_FILE_DIRECTORY, value.string());
      case "server_tags" -> tags(value);
      case "server_metadata" -> metadata(value);
      default -> {
        return false;
      }
    }
    return true;
  }

  // In a file, 0 means the default and -1 any free port.
  private void port(int port) {
    if (port != 0) {
      config.set(Options.PORT, Math.max(port, 0));
    }
  }

  private void tags(ConfigValue value) {
    if (value.isList() && !value.list().stream().allMatch(ConfigValue::isString)) {
      throw value.error(
          "error parsing tags: unsupported type *conf.token where string is expected");
    }
    config.set(Options.TAGS, problems.strings("tags", value));
  }

  private void metadata(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("error parsing metadata: unsupported type " + value.type());
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    value.map().forEach((name, field) -> metadata.put(name, field.string()));
    config.set(Options.METADATA, Map.copyOf(metadata));
  }

  private boolean logging(String key, ConfigValue value) {
    switch (key) {
      case "debug" -> config.set(Options.DEBUG, value.bool());
      case "trace" -> config.set(Options.TRACE, value.bool());
      case "trace_verbose" -> {
        config.set(Options.TRACE_VERBOSE, value.bool());
        config.set(Options.TRACE, value.bool());
      }
      case "trace_headers" -> {
        config.set(Options.TRACE_HEADERS, value.bool());
        config.set(Options.TRACE, value.bool());
      }
      case "logtime" -> config.set(Options.LOGTIME, value.bool());
      case "logtime_utc" -> config.set(Options.LOGTIME_UTC, value.bool());
      case "logfile", "log_file" -> config.set(Options.LOG_FILE, value.string());
      case "logfile_size_limit", "log_size_limit" ->
          config.set(Options.LOG_SIZE_LIMIT, value.integer());
      case "logfile_max_num", "log_max_num" -> config.set(Options.LOG_MAX_FILES, value.integer());
      case "max_traced_msg_len" -> config.set(Options.MAX_TRACED_MESSAGE, (int) value.integer());
      case "syslog" -> unsupportedWhen(value.bool(), "syslog", value);
      case "remote_syslog" -> unsupportedWhen(!value.string().isEmpty(), "remote_syslog", value);
      case "prof_port" -> unsupportedWhen(value.integer() != 0, "prof_port", value);
      // How often connection attempts to other servers are logged; Hub logs the first.
      case "prof_block_rate", "connect_error_reports", "reconnect_error_reports" -> value.integer();
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void unsupportedWhen(boolean used, String name, ConfigValue value) {
    if (used) {
      throw value.error("field " + quoted(name) + " is not supported");
    }
  }

  private boolean limit(String key, String name, ConfigValue value) {
    switch (key) {
      case "max_control_line" -> config.set(Options.MAX_CONTROL_LINE, intSize(name, value, 4096));
      case "max_payload" -> config.set(Options.MAX_PAYLOAD, intSize(name, value, 1 << 20));
      case "max_pending" -> {
        if (value.integer() != 0) {
          config.set(Options.MAX_PENDING, value.integer());
        }
      }
      case "max_connections", "max_conn" ->
          config.set(Options.MAX_CONNECTIONS, value.integer() == 0 ? -1 : (int) value.integer());
      case "max_subscriptions", "max_subs" ->
          config.set(Options.MAX_SUBSCRIPTIONS, (int) value.integer());
      case "max_sub_tokens", "max_subscription_tokens" -> {
        if (value.integer() > 255) {
          throw value.error(name + " value is too big");
        }
        if (value.integer() <= 0) {
          throw value.error(name + " value can not be negative");
        }
        config.set(Options.MAX_SUBSCRIPTION_TOKENS, (int) value.integer());
      }
      case "ping_interval" ->
          duration(Options.PING_INTERVAL, problems.duration("ping_interval", value));
      case "ping_max" -> {
        if (value.integer() != 0) {
          config.set(Options.MAX_PINGS_OUT, (int) value.integer());
        }
      }
      case "write_deadline" ->
          duration(Options.WRITE_DEADLINE, problems.duration("write_deadline", value));
      case "write_timeout" -> writeTimeout(value);
      case "lame_duck_duration" -> {
        long nanos = Problems.duration("error parsing lame_duck_duration: ", value.string(), value);
        if (nanos < MIN_LAME_DUCK) {
          throw value.error(
              "invalid lame_duck_duration of "
                  + GoDuration.format(nanos)
                  + ", minimum is 30 seconds");
        }
        config.set(Options.LAME_DUCK_DURATION, nanos);
      }
      case "lame_duck_grace_period" -> {
        long nanos =
            Problems.duration("error parsing lame_duck_grace_period: ", value.string(), value);
        if (nanos < 0) {
          throw value.error("invalid lame_duck_grace_period, needs to be positive");
        }
        duration(Options.LAME_DUCK_GRACE_PERIOD, nanos);
      }
      case "max_closed_clients" -> config.set(Options.MAX_CLOSED_CLIENTS, (int) value.integer());
      case "no_header_support" -> config.set(Options.NO_HEADERS, value.bool());
      // Hub's routing has its own cache and never stalls a producer.
      case "disable_sublist_cache", "no_sublist_cache", "no_fast_producer_stall" -> value.bool();
      default -> {
        return false;
      }
    }
    return true;
  }

  private void duration(Option<Long> option, long nanos) {
    if (nanos != 0) {
      config.set(option, nanos);
    }
  }

  private static int intSize(String name, ConfigValue value, int unset) {
    if (value.integer() > Integer.MAX_VALUE) {
      throw value.error(name + " value is too big");
    }
    return value.integer() == 0 ? unset : (int) value.integer();
  }

  static void writeTimeout(ConfigValue value) {
    if (!List.of("default", "close", "retry").contains(value.string())) {
      throw value.error("write_timeout must be 'default', 'close' or 'retry'");
    }
    unsupportedWhen(value.string().equals("retry"), "write_timeout", value);
  }

  private boolean security(String key, ConfigValue value) {
    switch (key) {
      case "authorization" -> authorization(value);
      case "accounts" -> accounts(value);
      case "mappings", "maps" -> config.set(Options.MAPPINGS, accountsReader.mappings(value));
      case "no_auth_user" -> config.set(Options.NO_AUTH_USER, value.string());
      case "default_sentinel" -> config.set(Options.DEFAULT_SENTINEL, value.string());
      case "system_account", "system" -> {
        // Read before everything else.
      }
      case "no_system_account", "no_system", "no_sys_acc" ->
          config.set(Options.NO_SYSTEM_ACCOUNT, value.bool());
      case "operator", "operators", "roots", "root", "root_operators", "root_operator" ->
          operators.operators(value);
      case "trusted", "trusted_keys" -> operators.trustedKeys(value);
      case "resolver", "account_resolver", "accounts_resolver" -> operators.resolver(value);
      case "resolver_preload" -> operators.preload(value);
      case "resolver_pinned_accounts" -> operators.pinnedAccounts(value);
      case "tls" -> config.set(Options.TLS, Optional.of(TlsReader.read(value, true)));
      case "allow_non_tls" -> config.set(Options.ALLOW_NON_TLS, value.bool());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean structure(String key, String name, ConfigValue value) {
    switch (key) {
      case "cluster" ->
          config.set(Options.CLUSTER, new ClusterReader(problems, authorization).read(value));
      case "websocket", "ws" -> {
        WebSocketConfig read = new WebSocketReader(problems, authorization).read(value);
        config.set(Options.WEBSOCKET, Optional.of(read));
      }
      case "jetstream" -> new JetStreamReader(problems, config).read(value);
      case "store_dir", "storedir" -> JetStreamReader.storeDirectory(config, value);
      case "feature_flags" -> {
        if (!value.isMap()) {
          throw value.error("error parsing feature flags: unsupported type " + value.type());
        }
        value.map().forEach(ConfigFile::featureFlag);
      }
      case "proxy_protocol" -> unsupportedWhen(value.bool(), name, value);
      case "ocsp", "ocsp_cache" -> unsupportedWhen(!value.isBool() || value.bool(), name, value);
      case "gateway", "leaf", "leafnodes", "mqtt", "proxies", "default_js_domain", "resolver_tls" ->
          unsupportedWhen(true, name, value);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void featureFlag(String name, ConfigValue value) {
    if (!value.isBool()) {
      throw value.error(
          "error parsing feature flag " + quoted(name) + ": expected bool, got " + value.type());
    }
  }

  private void accounts(ConfigValue value) {
    List<AccountConfig> accounts = new ArrayList<>();
    for (AccountConfig.Builder account : accountsReader.accounts(value)) {
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
    AuthorizationReader.Block block = authorization.authorization(value);
    config.set(Options.USER, block.user);
    config.set(Options.PASSWORD, block.password);
    config.set(Options.TOKEN, block.token);
    config.set(Options.AUTH_TIMEOUT, block.timeoutSeconds);
    if (block.callout != null) {
      config.set(Options.AUTH_CALLOUT, block.callout);
    }
    unsupportedWhen(block.proxyRequired, "proxy_required", value);
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

  /**
   * Checks what only shows when all of a configuration, flags included, is known.
   *
   * @throws ConfigException in the words nats-server uses when it refuses to start
   */
  public static void validate(ServerConfig config) {
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
    if (config.get(Options.MAX_PAYLOAD) > config.get(Options.MAX_PENDING)) {
      throw new ConfigException(
          "max_payload ("
              + config.get(Options.MAX_PAYLOAD)
              + ") cannot be higher than max_pending ("
              + config.get(Options.MAX_PENDING)
              + ")");
    }
    if (config.get(Options.SERVER_NAME).contains(" ")) {
      throw new ConfigException("server name cannot contain spaces");
    }
    validateOperators(config);
    validateNoAuthUser(config, config.get(Options.NO_AUTH_USER));
    config
        .get(Options.WEBSOCKET)
        .ifPresent(
            websocket -> {
              validateNoAuthUser(config, websocket.noAuthUser());
              WebSocketReader.validate(websocket, config);
            });
  }

  private static void validateOperators(ServerConfig config) {
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

  private static void validateNoAuthUser(ServerConfig config, String user) {
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
