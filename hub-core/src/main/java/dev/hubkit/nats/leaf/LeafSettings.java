package dev.hubkit.nats.leaf;

import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerLimits;
import dev.hubkit.nats.tls.TlsContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a server takes part in leaf node connections.
 *
 * @param host the address to listen on
 * @param advertise {@code host:port} that leaf nodes are told to connect to; empty for the
 *     listener's
 * @param noAdvertise whether leaf nodes are not told where to connect
 * @param tls what secures the connections of leaf nodes; null for nothing
 * @param minVersion the oldest release of a leaf node that is let in; empty for any
 * @param compression how what leaf nodes are sent is compressed
 * @param isolate whether leaf nodes are not told what other leaf nodes subscribe to
 * @param authTimeout how long a leaf node may take to introduce itself
 * @param limits how long another server may be silent or slow
 * @param webSocketLimits the same for one that is connected through WebSocket
 * @param remotes the hubs to connect to
 */
public record LeafSettings(
    String host,
    String advertise,
    boolean noAdvertise,
    @Nullable TlsContext tls,
    String minVersion,
    PeerCompression compression,
    boolean isolate,
    Duration authTimeout,
    PeerLimits limits,
    PeerLimits webSocketLimits,
    List<LeafRemoteSettings> remotes) {}
