package dev.hubkit.nats.leaf;

import dev.hubkit.nats.peer.PeerActivity;
import dev.hubkit.nats.peer.PeerThreads;
import dev.hubkit.time.TimeSource;
import java.util.function.Supplier;

/**
 * What a leaf node connection knows of its server.
 *
 * @param settings returns those that hold now
 * @param table the connections that there are
 * @param loops the subjects by which loops are noticed
 * @param infos makes the INFO for leaf nodes
 */
record LeafContext(
    LeafServer server,
    Supplier<LeafSettings> settings,
    TimeSource time,
    PeerActivity activity,
    PeerThreads threads,
    LeafTable<Leaf> table,
    LoopSubjects loops,
    LeafInfoWriter infos) {}
