package dev.hubkit.nats.config;

import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.time.GoDuration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Reads the fields of a configuration file that are no blocks: names, ports, logging, limits. */
final class ServerFields {
  private static final long MIN_LAME_DUCK = 30_000_000_000L;
  private static final int MAX_TOKENS = 255;
  private static final FieldTable<ServerFields> FIELDS = new FieldTable<>();

  static {
    addNames(FIELDS);
    addLogging(FIELDS);
    addLimits(FIELDS);
    addTimes(FIELDS);
  }

  private final Problems problems;
  private final ServerConfig config;

  ServerFields(Problems problems, ServerConfig config) {
    this.problems = problems;
    this.config = config;
  }

  /** Reads one field; returns false where there is none of that name here. */
  boolean read(String name, ConfigValue value) {
    return FIELDS.read(this, name, value, problems);
  }

  private static <T> BiConsumer<ServerFields, ConfigValue> set(
      Option<T> option, Function<ConfigValue, T> form) {
    return (fields, value) -> fields.config.set(option, form.apply(value));
  }

  private static void addNames(FieldTable<ServerFields> table) {
    table
        .field("listen", ServerFields::listen)
        .field("port", (fields, value) -> fields.port(value.int32()))
        .field("host", "net", set(Options.HOST, ConfigValue::string))
        .field("client_advertise", set(Options.CLIENT_ADVERTISE, ConfigValue::string))
        .field("server_name", set(Options.SERVER_NAME, ServerFields::serverName))
        .field("http", (fields, value) -> fields.monitor(value, Options.HTTP_PORT))
        .field("https", (fields, value) -> fields.monitor(value, Options.HTTPS_PORT))
        .field("http_port", "monitor_port", set(Options.HTTP_PORT, ConfigValue::int32))
        .field("https_port", set(Options.HTTPS_PORT, ConfigValue::int32))
        .field("http_base_path", set(Options.HTTP_BASE_PATH, ConfigValue::string))
        .field("pidfile", "pid_file", set(Options.PID_FILE, ConfigValue::string))
        .field("ports_file_dir", set(Options.PORTS_FILE_DIRECTORY, ConfigValue::string))
        .field("server_tags", ServerFields::tags)
        .field("server_metadata", set(Options.METADATA, ServerFields::metadata));
  }

  private void listen(ConfigValue value) {
    Listen listen = Listen.of(value);
    if (!listen.host().isEmpty()) {
      config.set(Options.HOST, listen.host());
    }
    port(listen.port());
  }

  // In a file, 0 means the default and -1 any free port.
  private void port(int port) {
    if (port != 0) {
      config.set(Options.PORT, Math.max(port, 0));
    }
  }

  private static String serverName(ConfigValue value) {
    if (value.string().contains(" ")) {
      throw value.error("server name cannot contain spaces");
    }
    return value.string();
  }

  private void monitor(ConfigValue value, Option<Integer> port) {
    Listen listen = Listen.of(value);
    config.set(Options.HTTP_HOST, listen.host());
    config.set(port, listen.port());
  }

  private void tags(ConfigValue value) {
    if (value.isList() && !value.list().stream().allMatch(ConfigValue::isString)) {
      throw value.error(
          "error parsing tags: unsupported type *conf.token where string is expected");
    }
    config.set(Options.TAGS, problems.strings("tags", value));
  }

  private static Map<String, String> metadata(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("error parsing metadata: unsupported type " + value.type());
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    value.map().forEach((name, field) -> metadata.put(name, field.string()));
    return Map.copyOf(metadata);
  }

  private static void addLogging(FieldTable<ServerFields> table) {
    table
        .field("debug", set(Options.DEBUG, ConfigValue::bool))
        .field("trace", set(Options.TRACE, ConfigValue::bool))
        .field("trace_verbose", traceOf(Options.TRACE_VERBOSE))
        .field("trace_headers", traceOf(Options.TRACE_HEADERS))
        .field("logtime", set(Options.LOGTIME, ConfigValue::bool))
        .field("logtime_utc", set(Options.LOGTIME_UTC, ConfigValue::bool))
        .field("logfile", "log_file", set(Options.LOG_FILE, ConfigValue::string))
        .field(
            "logfile_size_limit",
            "log_size_limit",
            set(Options.LOG_SIZE_LIMIT, ConfigValue::integer))
        .field("logfile_max_num", "log_max_num", set(Options.LOG_MAX_FILES, ConfigValue::integer))
        .field("max_traced_msg_len", set(Options.MAX_TRACED_MESSAGE, ConfigValue::int32))
        .field("syslog", set(Options.SYSLOG, ConfigValue::bool))
        .field("remote_syslog", set(Options.REMOTE_SYSLOG, ConfigValue::string))
        .field("prof_port", set(Options.PROFILE_PORT, ConfigValue::int32))
        // How often connection attempts to other servers are logged; Hub logs the first.
        .field(
            List.of("prof_block_rate", "connect_error_reports", "reconnect_error_reports"),
            (fields, value) -> value.integer());
  }

  private static BiConsumer<ServerFields, ConfigValue> traceOf(Option<Boolean> option) {
    return (fields, value) -> {
      fields.config.set(option, value.bool());
      fields.config.set(Options.TRACE, value.bool());
    };
  }

  private static void addLimits(FieldTable<ServerFields> table) {
    table
        .named(
            List.of("max_control_line"),
            (fields, name, value) ->
                fields.config.set(
                    Options.MAX_CONTROL_LINE, size(name, value, Options.MAX_CONTROL_LINE.unset())))
        .named(
            List.of("max_payload"),
            (fields, name, value) ->
                fields.config.set(
                    Options.MAX_PAYLOAD, size(name, value, Options.MAX_PAYLOAD.unset())))
        .field(
            "max_pending",
            (fields, value) -> fields.setUnlessZero(Options.MAX_PENDING, value.integer()))
        .field(
            "max_connections",
            "max_conn",
            set(Options.MAX_CONNECTIONS, value -> value.integer() == 0 ? -1 : value.int32()))
        .field("max_subscriptions", "max_subs", set(Options.MAX_SUBSCRIPTIONS, ConfigValue::int32))
        .named(List.of("max_sub_tokens", "max_subscription_tokens"), ServerFields::tokens)
        .field("ping_max", ServerFields::maxPingsOut)
        .field("max_closed_clients", set(Options.MAX_CLOSED_CLIENTS, ConfigValue::int32))
        .field("no_header_support", set(Options.NO_HEADERS, ConfigValue::bool))
        .field("no_fast_producer_stall", set(Options.NO_FAST_PRODUCER_STALL, ConfigValue::bool))
        .field(
            "disable_sublist_cache",
            "no_sublist_cache",
            set(Options.NO_SUBLIST_CACHE, ConfigValue::bool));
  }

  private static int size(String name, ConfigValue value, int unset) {
    if (value.integer() > Integer.MAX_VALUE) {
      throw value.error(name + " value is too big");
    }
    return value.integer() == 0 ? unset : value.int32();
  }

  private void tokens(String name, ConfigValue value) {
    if (value.integer() > MAX_TOKENS) {
      throw value.error(name + " value is too big");
    }
    if (value.integer() <= 0) {
      throw value.error(name + " value can not be negative");
    }
    config.set(Options.MAX_SUBSCRIPTION_TOKENS, value.int32());
  }

  private void maxPingsOut(ConfigValue value) {
    if (value.integer() != 0) {
      config.set(Options.MAX_PINGS_OUT, value.int32());
    }
  }

  private static void addTimes(FieldTable<ServerFields> table) {
    table
        .field("ping_interval", durationOf("ping_interval", Options.PING_INTERVAL))
        .field("write_deadline", durationOf("write_deadline", Options.WRITE_DEADLINE))
        .field("write_timeout", set(Options.WRITE_TIMEOUT, ServerFields::writeTimeout))
        .field("lame_duck_duration", set(Options.LAME_DUCK_DURATION, ServerFields::lameDuck))
        .field("lame_duck_grace_period", ServerFields::gracePeriod);
  }

  private static BiConsumer<ServerFields, ConfigValue> durationOf(
      String name, Option<Long> option) {
    return (fields, value) -> fields.setUnlessZero(option, fields.problems.duration(name, value));
  }

  private void setUnlessZero(Option<Long> option, long number) {
    if (number != 0) {
      config.set(option, number);
    }
  }

  /** Reads what happens to a connection that takes only part of what waits for it in time. */
  static String writeTimeout(ConfigValue value) {
    if (!List.of("default", "close", "retry").contains(value.string())) {
      throw value.error("write_timeout must be 'default', 'close' or 'retry'");
    }
    return value.string();
  }

  private static long lameDuck(ConfigValue value) {
    long nanos = Problems.duration("error parsing lame_duck_duration: ", value.string(), value);
    if (nanos < MIN_LAME_DUCK) {
      throw value.error(
          "invalid lame_duck_duration of " + GoDuration.format(nanos) + ", minimum is 30 seconds");
    }
    return nanos;
  }

  private void gracePeriod(ConfigValue value) {
    long nanos = Problems.duration("error parsing lame_duck_grace_period: ", value.string(), value);
    if (nanos < 0) {
      throw value.error("invalid lame_duck_grace_period, needs to be positive");
    }
    setUnlessZero(Options.LAME_DUCK_GRACE_PERIOD, nanos);
  }
}
