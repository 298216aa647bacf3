package dev.hubkit.nats.net;

import java.util.List;
import java.util.Map;

/**
 * How a WebSocket listener treats its clients.
 *
 * @param secure whether it speaks TLS, which is part of the origin
 * @param port the port it listens on, likewise
 * @param compression whether messages may be compressed (RFC 7692)
 * @param sameOrigin whether the Origin header must name this server
 * @param allowedOrigins the origins that may connect; empty for all
 * @param headers sent with the answer to the upgrade
 * @param jwtCookie names of the cookies that stand in for CONNECT's fields; empty for none
 * @param handshakeTimeoutNanos how long the upgrade may take
 */
public record WebSocketSettings(
    boolean secure,
    int port,
    boolean compression,
    boolean sameOrigin,
    List<String> allowedOrigins,
    Map<String, String> headers,
    String jwtCookie,
    String userCookie,
    String passwordCookie,
    String tokenCookie,
    long handshakeTimeoutNanos) {
  /** Returns whether a cookie can stand in for a field of CONNECT. */
  boolean usesCookies() {
    return !(jwtCookie.isEmpty()
        && userCookie.isEmpty()
        && passwordCookie.isEmpty()
        && tokenCookie.isEmpty());
  }
}
