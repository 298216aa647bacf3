package dev.hubkit.nats;

import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.monitor.Monitor;
import dev.hubkit.nats.monitor.ProfilePort;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a server is monitored: over HTTP, over HTTPS, or not at all.
 *
 * @param plain null where there is no port for it
 * @param secured null where there is no port for it
 * @param profile null where there is no port for it
 */
record Monitors(@Nullable Monitor plain, @Nullable Monitor secured, @Nullable ProfilePort profile) {
  /**
   * Listens as the options say.
   *
   * @param opened takes the end of each once it listens
   * @param reserved the port; null where the options have none
   * @throws NatsException if it can't be listened on
   */
  static Monitors start(
      NatsOptions options,
      Reserved reserved,
      Reports reports,
      int serverPort,
      Consumer<Supervisor.Work> opened) {
    ReservedPort port = reserved.monitor();
    ReservedPort profilePort = reserved.profile();
    ProfilePort profile = null;
    if (profilePort != null) {
      try {
        profile =
            profilePort.open(
                address -> ProfilePort.start(address, reports, "nats-" + serverPort + "-profile"));
        opened.accept(profile::close);
      } catch (IOException e) {
        throw new NatsException("error starting profiler: " + e.getMessage(), e);
      }
    }
    if (port == null) {
      return new Monitors(null, null, profile);
    }
    ServerConfig config = options.config();
    boolean secure = config.get(Options.HTTPS_PORT) != 0;
    TlsContext tls = secure ? config.get(Options.TLS).orElseThrow() : null;
    String thread = "nats-" + serverPort + (secure ? "-https" : "-http");
    String base = config.get(Options.HTTP_BASE_PATH);
    try {
      Monitor monitor = port.open(address -> Monitor.start(address, base, tls, reports, thread));
      opened.accept(monitor::close);
      return secure ? new Monitors(null, monitor, profile) : new Monitors(monitor, null, profile);
    } catch (IOException e) {
      throw new NatsException(refused(String.valueOf(e.getMessage())), e);
    }
  }

  /**
   * The ports, before anybody is let in.
   *
   * @param monitor null for none
   * @param profile null for none
   */
  record Reserved(@Nullable ReservedPort monitor, @Nullable ReservedPort profile) {}

  /**
   * Reserves the port for profiles; returns null where the options have none.
   *
   * @throws NatsException if it can't be had
   */
  static @Nullable ReservedPort reserveProfile(NatsOptions options, StartLog log) {
    int port = options.config().get(Options.PROFILE_PORT);
    if (port == 0) {
      return null;
    }
    ReservedPort reserved =
        new ListenAddress(options.host(), port == -1 ? 0 : port)
            .reserve(cause -> "error starting profiler: " + cause);
    log.profile(reserved.number());
    return reserved;
  }

  /**
   * Reserves the port for monitoring; returns null where the options have none.
   *
   * @throws NatsException if it can't be had, or HTTPS lacks a certificate
   */
  static @Nullable ReservedPort reserveMonitor(NatsOptions options, StartLog log) {
    ServerConfig config = options.config();
    int plain = config.get(Options.HTTP_PORT);
    int secured = config.get(Options.HTTPS_PORT);
    if (plain == 0 && secured == 0) {
      return null;
    }
    if (plain != 0 && secured != 0) {
      throw new NatsException(
          "Can't start monitoring: can't specify both HTTP ("
              + plain
              + ") and HTTPs ("
              + secured
              + ") ports");
    }
    if (secured != 0 && config.get(Options.TLS).isEmpty()) {
      throw new NatsException("Can't start monitoring: TLS cert and key required for HTTPS");
    }
    String host =
        config.get(Options.HTTP_HOST).isEmpty() ? options.host() : config.get(Options.HTTP_HOST);
    int port = plain == 0 ? secured : plain;
    ReservedPort reserved =
        new ListenAddress(host, port == -1 ? 0 : port).reserve(Monitors::refused);
    log.monitor(plain == 0 ? "https" : "http", new HostPort(host, reserved.number()));
    return reserved;
  }

  private static String refused(String cause) {
    return "Can't start monitoring: can't listen to the monitor port: " + cause;
  }

  /** The port over HTTP; 0 for none. */
  int port() {
    return plain == null ? 0 : plain.port();
  }

  /** The port for profiles; 0 for none. */
  int profilePort() {
    return profile == null ? 0 : profile.port();
  }

  /** The port over HTTPS; 0 for none. */
  int securedPort() {
    return secured == null ? 0 : secured.port();
  }
}
