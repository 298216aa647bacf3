package dev.hubkit.nats.security;

import dev.hubkit.nats.config.LeafNodesConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.WebSocketConfig;
import org.jspecify.annotations.Nullable;

/**
 * What one kind of listener asks its clients for, beside the users that are listed.
 *
 * @param noAuthUser the user that clients are who show nothing; empty for none
 * @param name the single user; empty for none
 * @param token the token that all clients share; empty for none
 * @param mapCertificates whether a client's certificate tells which user it is
 * @param proxyRequired whether the single user and holders of the token may only come through a
 *     trusted proxy
 */
record ListenerCredentials(
    String noAuthUser,
    String name,
    String password,
    String token,
    boolean mapCertificates,
    boolean proxyRequired) {
  /** Returns what the listener for clients asks for. */
  static ListenerCredentials of(ServerConfig config) {
    return new ListenerCredentials(
        config.get(Options.NO_AUTH_USER),
        config.get(Options.USER),
        config.get(Options.PASSWORD),
        config.get(Options.TOKEN),
        config.get(Options.TLS).map(tls -> tls.settings().verifyAndMap()).orElse(false),
        config.get(Options.PROXY_REQUIRED));
  }

  /** Returns what a WebSocket listener asks for: what its block says, or else the same as this. */
  ListenerCredentials forWebSocket(WebSocketConfig block) {
    boolean map = block.tls() != null && block.tls().settings().verifyAndMap();
    boolean own =
        !block.user().isEmpty() || !block.token().isEmpty() || !block.noAuthUser().isEmpty();
    return own
        ? new ListenerCredentials(
            block.noAuthUser(), block.user(), block.password(), block.token(), map, proxyRequired)
        : new ListenerCredentials(noAuthUser, name, password, token, map, proxyRequired);
  }

  /**
   * Returns what a listener for leaf nodes asks for where its block lists nobody: the same as this,
   * but for certificates and, through WebSocket, for those who show nothing
   * (processClientOrLeafAuthentication in nats-server's {@code auth.go}).
   *
   * @param webSocket the block of the WebSocket listener; null when they do not come through it
   */
  ListenerCredentials forLeafNodes(LeafNodesConfig block, @Nullable WebSocketConfig webSocket) {
    boolean map = block.tls() != null && block.tls().settings().verifyAndMap();
    String own = webSocket == null ? "" : webSocket.noAuthUser();
    return new ListenerCredentials(
        own.isEmpty() ? noAuthUser : own, name, password, token, map, proxyRequired);
  }

  /** Returns whether all clients are to show a name and password, or a token. */
  boolean wantsSecret() {
    return !name.isEmpty() || !token.isEmpty();
  }
}
