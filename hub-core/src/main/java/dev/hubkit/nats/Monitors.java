package dev.hubkit.nats;

import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.monitor.Monitor;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.nats.tls.TlsContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a server is monitored: over HTTP, over HTTPS, or not at all.
 *
 * @param plain null where there is no port for it
 * @param secured null where there is no port for it
 */
record Monitors(@Nullable Monitor plain, @Nullable Monitor secured) implements AutoCloseable {
  /**
   * Listens as the options say.
   *
   * @throws NatsException if a port can't be listened on, or HTTPS lacks a certificate
   */
  static Monitors start(NatsOptions options, Reports reports, int serverPort) {
    ServerConfig config = options.config();
    int httpPort = config.get(Options.HTTP_PORT);
    int httpsPort = config.get(Options.HTTPS_PORT);
    String thread = "nats-" + serverPort;
    Monitor plain =
        httpPort == 0 ? null : listen(options, httpPort, null, reports, thread + "-http");
    if (httpsPort == 0) {
      return new Monitors(plain, null);
    }
    Monitors begun = new Monitors(plain, null);
    try {
      TlsContext tls = config.get(Options.TLS).orElse(null);
      if (tls == null) {
        throw new NatsException("TLS cert and key required for HTTPS");
      }
      return new Monitors(plain, listen(options, httpsPort, tls, reports, thread + "-https"));
    } catch (NatsException e) {
      begun.close();
      throw e;
    }
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

  @Override
  public void close() {
    if (plain != null) {
      plain.close();
    }
    if (secured != null) {
      secured.close();
    }
  }
}
