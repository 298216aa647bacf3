package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import java.util.Objects;

/** Lets tests of other packages come to the stream on one of the servers of a cluster. */
public final class ClusterStreamAccess {
  private ClusterStreamAccess() {}

  /** Returns the stream of an account on a server that runs and has it. */
  public static Stream stream(
      JetStreamCluster cluster, String server, String account, String stream) {
    JetStreamPeer peer = Objects.requireNonNull(cluster.running(server), "the server");
    AccountJetStream there =
        Objects.requireNonNull(peer.jetStreamOn(server, account), "JetStream of the account");
    return Objects.requireNonNull(there.stream(stream), "the stream");
  }
}
