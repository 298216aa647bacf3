package dev.hubkit.nats.config;

import dev.hubkit.nats.tls.TlsContext;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code websocket} block. Empty strings stand for what was not set.
 *
 * @param port 0 for no listener, -1 for any free port
 * @param handshakeTimeoutNanos how long the HTTP upgrade may take
 * @param headers sent with the answer to an upgrade
 */
@SuppressWarnings("exports")
public record WebSocketConfig(
    String host,
    int port,
    String advertise,
    boolean noTls,
    @Nullable TlsContext tls,
    boolean sameOrigin,
    List<String> allowedOrigins,
    long handshakeTimeoutNanos,
    boolean compression,
    String user,
    String password,
    String token,
    double authTimeoutSeconds,
    String jwtCookie,
    String userCookie,
    String passwordCookie,
    String tokenCookie,
    String noAuthUser,
    Map<String, String> headers,
    long pingIntervalNanos) {
  /** How long the HTTP upgrade may take where nothing is said. */
  public static final long HANDSHAKE_NANOS = 2_000_000_000L;

  /** Returns the same without keys and certificates, which a running server can exchange. */
  public WebSocketConfig withoutTls() {
    return new WebSocketConfig(
        host,
        port,
        advertise,
        noTls,
        null,
        sameOrigin,
        allowedOrigins,
        handshakeTimeoutNanos,
        compression,
        user,
        password,
        token,
        authTimeoutSeconds,
        jwtCookie,
        userCookie,
        passwordCookie,
        tokenCookie,
        noAuthUser,
        headers,
        pingIntervalNanos);
  }

  /** Without passwords. */
  @Override
  public String toString() {
    return "websocket " + host + ":" + port;
  }
}
