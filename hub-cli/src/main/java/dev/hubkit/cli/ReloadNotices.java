package dev.hubkit.cli;

import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.time.GoDuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What nats-server logs of a reload: a line for each option that was changed. */
final class ReloadNotices {
  /** What the options are called there; those with a value have it behind. */
  private static final Map<Option<?>, String> NAMES =
      Map.ofEntries(
          Map.entry(Options.USER, "authorization username"),
          Map.entry(Options.PASSWORD, "authorization password"),
          Map.entry(Options.TOKEN, "authorization token"),
          Map.entry(Options.USERS, "authorization users"),
          Map.entry(Options.TAGS, "tags"),
          Map.entry(Options.METADATA, "metadata"),
          Map.entry(Options.CLUSTER, "cluster"),
          Map.entry(Options.ACCOUNTS, "accounts"),
          Map.entry(Options.MAPPINGS, "accounts"),
          Map.entry(Options.JETSTREAM_SETTINGS, "JetStream limits"),
          Map.entry(Options.TRUSTED_PROXIES, "proxies trusted keys"));

  private static final Map<Option<?>, String> VALUES =
      Map.ofEntries(
          Map.entry(Options.TRACE, "trace"),
          Map.entry(Options.TRACE_VERBOSE, "trace_verbose"),
          Map.entry(Options.TRACE_HEADERS, "trace_headers"),
          Map.entry(Options.DEBUG, "debug"),
          Map.entry(Options.LOGTIME, "logtime"),
          Map.entry(Options.LOGTIME_UTC, "logtime_utc"),
          Map.entry(Options.LOG_FILE, "log_file"),
          Map.entry(Options.AUTH_TIMEOUT, "authorization timeout"),
          Map.entry(Options.MAX_CONNECTIONS, "max_connections"),
          Map.entry(Options.PID_FILE, "pid_file"),
          Map.entry(Options.PORTS_FILE_DIRECTORY, "ports_file_dir"),
          Map.entry(Options.MAX_CONTROL_LINE, "max_control_line"),
          Map.entry(Options.MAX_PAYLOAD, "max_payload"),
          Map.entry(Options.PING_INTERVAL, "ping_interval"),
          Map.entry(Options.MAX_PINGS_OUT, "ping_max"),
          Map.entry(Options.WRITE_DEADLINE, "write_deadline"),
          Map.entry(Options.CLIENT_ADVERTISE, "client_advertise"),
          Map.entry(Options.MAX_TRACED_MESSAGE, "max_traced_msg_len"),
          Map.entry(Options.DEFAULT_SENTINEL, "default_sentinel"));

  private ReloadNotices() {}

  /**
   * Returns the lines.
   *
   * @param changed the options whose values differ
   * @param after what holds now
   */
  static List<String> of(List<Option<?>> changed, ServerConfig after) {
    List<String> lines = new ArrayList<>();
    for (Option<?> option : changed) {
      String line = line(option, after);
      if (!lines.contains(line)) {
        lines.add(line);
      }
    }
    return lines;
  }

  private static String line(Option<?> option, ServerConfig after) {
    String valued = VALUES.get(option);
    if (option == Options.TLS) {
      return "Reloaded: tls = " + (after.get(Options.TLS).isPresent() ? "enabled" : "disabled");
    }
    if (option == Options.NO_FAST_PRODUCER_STALL) {
      return "Reloaded: fast producers will "
          + (after.get(Options.NO_FAST_PRODUCER_STALL) ? "not " : "")
          + "be stalled";
    }
    if (option == Options.PING_INTERVAL || option == Options.WRITE_DEADLINE) {
      return "Reloaded: " + valued + " = " + GoDuration.format((Long) after.get(option));
    }
    return valued == null
        ? "Reloaded: " + NAMES.getOrDefault(option, option.name())
        : "Reloaded: " + valued + " = " + after.get(option);
  }
}
