package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.jetstream.runtime.ClusterInfo;
import dev.hubkit.nats.jetstream.runtime.GroupStatus.ReplicaStatus;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import java.util.List;

/**
 * Publishes advisories about who leads a group of several servers, in the account whose stream or
 * consumer it is. Writes nothing when there is no subscriber.
 */
final class GroupAdvisories {
  private static final String PREFIX = "$JS.EVENT.ADVISORY.";

  private final LocalPeer peer;
  private final AccountContext jetStream;
  private final RaftGroup raft;

  GroupAdvisories(LocalPeer peer, AccountContext jetStream, RaftGroup raft) {
    this.peer = peer;
    this.jetStream = jetStream;
    this.raft = raft;
  }

  /** Tells that this server leads a stream. */
  void streamLeader(String stream, WorkBatch batch) {
    publish("STREAM.LEADER_ELECTED." + stream, "stream_leader_elected", stream, "", true, batch);
  }

  /** Tells that a stream, which this server has led, has no majority. */
  void streamQuorumLost(String stream, WorkBatch batch) {
    publish("STREAM.QUORUM_LOST." + stream, "stream_quorum_lost", stream, "", false, batch);
  }

  /** Tells that this server leads a consumer. */
  void consumerLeader(String stream, String consumer, WorkBatch batch) {
    String subject = "CONSUMER.LEADER_ELECTED." + stream + '.' + consumer;
    publish(subject, "consumer_leader_elected", stream, consumer, true, batch);
  }

  /** Tells that a consumer, which this server has led, has no majority. */
  void consumerQuorumLost(String stream, String consumer, WorkBatch batch) {
    String subject = "CONSUMER.QUORUM_LOST." + stream + '.' + consumer;
    publish(subject, "consumer_quorum_lost", stream, consumer, false, batch);
  }

  private void publish(
      String suffix, String type, String stream, String consumer, boolean leads, WorkBatch batch) {
    String subject = PREFIX + suffix;
    Account account = jetStream.account();
    // nats-server has no group for what one server has.
    if (raft.peers().size() == 1 || !account.hasInterest(subject)) {
      return;
    }
    JsonWriter out =
        JsonWriter.compact()
            .beginObject()
            .field("type", "io.nats.jetstream.advisory.v1." + type)
            .field("id", Nuid.next())
            .field("timestamp", Rfc3339.format(jetStream.time().epochNanos()))
            .field("stream", stream)
            .fieldIfSet("consumer", consumer)
            .fieldIfSet("leader", leads ? peer.server() : "")
            .beginArray("replicas");
    for (ReplicaStatus replica : replicas()) {
      ClusterInfo.write(replica, out);
    }
    out.endArray().fieldIfSet("domain", jetStream.options().domain());
    account.publish(Message.of(subject, null, out.endObject().toBytes()), batch);
  }

  private List<ReplicaStatus> replicas() {
    return new GroupReport(peer, raft).all();
  }
}
