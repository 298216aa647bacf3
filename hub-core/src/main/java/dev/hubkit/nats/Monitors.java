package dev.hubkit.nats;

import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.monitor.Monitor;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.nats.tls.TlsContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a server is monitored: over HTTP, over HTTPS, or not at all.
 *
 * @param plain null where there is no port for it
 * @param secured null where there is no port for it
 */
record Monitors(@Nullable Monitor plain, @Nullable Monitor secured) {
  /**
   * Listens as the options say.
   *
   * @param opened takes each monitor once it listens, and closes it
   * @throws NatsException if a port can't be listened on, or HTTPS lacks a certificate
   */
  static Monitors start(
      NatsOptions options, Reports reports, int serverPort, Consumer<Monitor> opened) {
    ServerConfig config = options.config();
    int httpPort = config.get(Options.HTTP_PORT);
    int httpsPort = config.get(Options.HTTPS_PORT);
    String thread = "nats-" + serverPort;
    Monitor plain = null;
    if (httpPort != 0) {
      plain = listen(options, httpPort, null, reports, thread + "-http");
      opened.accept(plain);
    }
    Monitor secured = null;
    if (httpsPort != 0) {
      TlsContext tls = config.get(Options.TLS).orElse(null);
      if (tls == null) {
        throw new NatsException("TLS cert and key required for HTTPS");
      }
      secured = listen(options, httpsPort, tls, reports, thread + "-https");
      opened.accept(secured);
    }
    return new Monitors(plain, secured);
  }

  private static Monitor listen(
      NatsOptions options, int port, @Nullable TlsContext tls, Reports reports, String thread) {
    ServerConfig config = options.config();
    String host = config.get(Options.HTTP_HOST);
    InetSocketAddress address =
        new InetSocketAddress(host.isEmpty() ? options.host() : host, Math.max(0, port));
    try {
      return Monitor.start(address, config.get(Options.HTTP_BASE_PATH), tls, reports, thread);
    } catch (IOException e) {
      throw new NatsException(
          "Can't listen for monitoring on " + address + ": " + e.getMessage(), e);
    }
  }

  /** The port over HTTP; 0 for none. */
  int port() {
    return plain == null ? 0 : plain.port();
  }

  /** The port over HTTPS; 0 for none. */
  int securedPort() {
    return secured == null ? 0 : secured.port();
  }
}
