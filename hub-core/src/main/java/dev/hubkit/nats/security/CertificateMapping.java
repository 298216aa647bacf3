package dev.hubkit.nats.security;

import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.config.LeafNodesConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.nats.tls.TlsContext;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The ways to connect by which a certificate tells which of the listed users somebody is (canTLSMap
 * in nats-server's {@code auth.go}).
 */
public record CertificateMapping(Set<ConnectionType> types) {
  /** Returns those of a configuration. */
  public static CertificateMapping of(ServerConfig config) {
    Set<ConnectionType> types = EnumSet.noneOf(ConnectionType.class);
    if (maps(config.get(Options.TLS).orElse(null))) {
      types.add(ConnectionType.STANDARD);
    }
    WebSocketConfig webSocket = config.get(Options.WEBSOCKET).orElse(null);
    TlsContext secured = webSocket != null && webSocket.port() != 0 ? webSocket.tls() : null;
    if (maps(secured)) {
      types.add(ConnectionType.WEBSOCKET);
    }
    LeafNodesConfig leafNodes = config.get(Options.LEAFNODES);
    if (maps(leafNodes.tls()) && leafNodes.port() != 0 && !leafNodes.hasLogins()) {
      types.add(ConnectionType.LEAFNODE);
      if (secured != null && (secured.settings().verify() || secured.settings().verifyOptional())) {
        types.add(ConnectionType.LEAFNODE_WS);
      }
    }
    return new CertificateMapping(types);
  }

  private static boolean maps(@Nullable TlsContext tls) {
    return tls != null && tls.settings().verifyAndMap();
  }

  /** Returns whether a user who may come in some ways only can be told by a certificate. */
  public boolean concerns(Set<ConnectionType> allowed) {
    return allowed.isEmpty() ? !types.isEmpty() : allowed.stream().anyMatch(types::contains);
  }
}
