package dev.hubkit.nats;

import dev.hubkit.log.Log;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.ConnectionFactory;
import dev.hubkit.nats.net.EventLoop;
import dev.hubkit.nats.net.Listener;
import dev.hubkit.nats.net.UpgradedSocket;
import dev.hubkit.nats.net.WebSocketSettings;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The port for clients and leaf nodes that come through WebSockets. Confined to the threads that
 * start and end the server.
 */
final class WebSocketPort {
  private static final Log log = Log.of(WebSocketPort.class);

  private final WebSocketConfig config;
  private final ReservedPort held;
  private final String host;
  private @Nullable Listener listener;

  private WebSocketPort(WebSocketConfig config, ReservedPort held, String host) {
    this.config = config;
    this.held = held;
    this.host = host;
  }

  /**
   * Reserves the port of the configuration without accepting clients yet; returns null where there
   * is none.
   *
   * @throws NatsException if it can't be had
   */
  static @Nullable WebSocketPort hold(NatsOptions options) {
    WebSocketConfig config = options.config().get(Options.WEBSOCKET).orElse(null);
    if (config == null || config.port() == 0) {
      return null;
    }
    String host = config.host().isEmpty() ? options.host() : config.host();
    return new WebSocketPort(
        config,
        new ListenAddress(host, Math.max(0, config.port()))
            .reserve(cause -> "Unable to listen for websocket connections: " + cause),
        host);
  }

  /**
   * Begins to accept clients.
   *
   * @param tls asked for each connection where the port is secured, so that certificates can be
   *     exchanged
   * @param leafNodes takes leaf nodes that come in here; null where the server accepts none
   */
  void listen(
      List<EventLoop> loops,
      Clients clients,
      TimeSource time,
      Supplier<TlsContext> tls,
      @Nullable Predicate<UpgradedSocket> leafNodes)
      throws IOException {
    WebSocketSettings settings =
        new WebSocketSettings(
            isSecured(),
            port(),
            config.compression(),
            config.sameOrigin(),
            config.allowedOrigins(),
            config.headers(),
            config.jwtCookie(),
            config.userCookie(),
            config.passwordCookie(),
            config.tokenCookie(),
            config.handshakeTimeoutNanos());
    listener =
        Listener.start(
            held,
            loops,
            clients,
            ConnectionFactory.webSocket(settings, isSecured() ? tls : null, time, leafNodes));
  }

  String host() {
    return host;
  }

  int port() {
    return held.number();
  }

  String advertise() {
    return config.advertise();
  }

  boolean isSecured() {
    return !config.noTls() && config.tls() != null;
  }

  /** Accepts no more; connections go on. */
  void close() {
    held.close();
    try {
      if (listener != null) {
        listener.close();
      }
    } catch (IOException e) {
      log.warn("Closing the listening socket of port {} failed", port(), e);
    }
  }
}
