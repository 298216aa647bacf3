package dev.hubkit.nats.route;

import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerLimits;
import dev.hubkit.nats.tls.TlsContext;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a server takes part in a cluster.
 *
 * @param name the cluster's name; empty to take that of the servers it meets
 * @param host the address to listen on for other servers
 * @param port 0 or less for any free one
 * @param user the name that other servers have to give; empty for none
 * @param password their password, plain or a bcrypt hash
 * @param tls what secures all routes; null for nothing
 * @param permissions what crosses the routes at first
 * @param advertise {@code host:port} that others are told to connect to; empty for the listener's
 * @param routes the servers to connect to, for ever
 * @param connectRetries how often this server tries again to reach one that another server has
 *     named
 * @param connectBackoff whether to wait longer after each attempt that fails
 * @param compression how what other servers are sent is compressed
 * @param authTimeout how long another server may take to introduce itself
 * @param limits how long another server may be silent or slow
 */
public record RouteSettings(
    String name,
    String host,
    int port,
    String user,
    String password,
    @Nullable TlsContext tls,
    RoutePermissions permissions,
    String advertise,
    List<URI> routes,
    int connectRetries,
    boolean connectBackoff,
    PeerCompression compression,
    Duration authTimeout,
    PeerLimits limits) {

  /** Returns the settings without the password. */
  @Override
  public String toString() {
    return "cluster " + name + " at " + host + ":" + port;
  }
}
