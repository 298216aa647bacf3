package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.wire.NameHash;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes the field {@code cluster} of streams and consumers. A lone server names itself as the
 * leader of each stream. With {@link JetStreamOptions#acceptReplicas()}, it describes the group
 * that a cluster would have made: this server leads, and the others, which do not exist, are up to
 * date.
 */
public final class ClusterInfo {
  private static final String FIELD = "cluster";

  private final JetStreamOptions options;
  private final @Nullable ClusterAccount cluster;

  public ClusterInfo(AccountContext jetStream) {
    this.options = jetStream.options();
    this.cluster = jetStream.cluster();
  }

  /** Returns whether there is more to tell than the name of a lone server. */
  public boolean tellsOfCluster() {
    return cluster != null || options.acceptReplicas();
  }

  /** Writes the field of a stream that was created at a time in nanoseconds since 1970. */
  public void write(StreamConfig stream, long created, JsonWriter out) {
    if (cluster != null) {
      write(cluster.groupOf(stream.name()), out);
      return;
    }
    if (!options.acceptReplicas()) {
      out.beginObject(FIELD).field("leader", options.serverName()).endObject();
      return;
    }
    write("S", stream, stream.name(), stream.replicas(), stream.storage(), created, out);
  }

  /**
   * Writes the field of a consumer, which only a cluster tells.
   *
   * @param created when the consumer was created, in nanoseconds since 1970
   */
  public void write(
      StreamConfig stream, String name, ConsumerConfig consumer, long created, JsonWriter out) {
    if (cluster != null) {
      write(cluster.groupOf(stream.name(), name), out);
    } else if (options.acceptReplicas()) {
      long replicas = consumer.replicas() == 0 ? stream.replicas() : consumer.replicas();
      StorageType storage = consumer.memoryStorage() ? StorageType.MEMORY : stream.storage();
      write("C", stream, stream.name() + " " + consumer.name(), replicas, storage, created, out);
    }
  }

  /** Writes the field of a stream or a consumer of a group; nothing for null. */
  public static void write(@Nullable GroupStatus group, JsonWriter out) {
    if (group == null) {
      return;
    }
    String leader = group.leader();
    out.beginObject(FIELD)
        .field("name", group.cluster())
        .fieldIfSet("raft_group", group.raftGroup())
        .fieldIfSet("leader", leader == null ? "" : leader);
    if (group.leaderSince() != 0) {
      out.field("leader_since", Rfc3339.format(group.leaderSince()));
    }
    GroupStatus.DesiredStatus desired = group.desired();
    // One that no server of the group can tell of is told as it is assigned.
    boolean isKnown =
        leader != null
            || desired != null
            || group.replicas().stream().anyMatch(replica -> !replica.offline());
    if (!group.raftGroup().isEmpty() && isKnown) {
      out.field("system_account", true).field("traffic_account", "$SYS");
    }
    if (!group.replicas().isEmpty()) {
      out.beginArray("replicas");
      for (GroupStatus.ReplicaStatus replica : group.replicas()) {
        write(replica, out);
      }
      out.endArray();
    }
    if (desired != null) {
      write(desired, group.cluster(), out);
    }
    out.endObject();
  }

  private static void write(GroupStatus.DesiredStatus desired, String name, JsonWriter out) {
    out.beginObject("desired")
        .field("created", Rfc3339.format(desired.created()))
        .field("name", name);
    if (!desired.replicas().isEmpty()) {
      out.beginArray("replicas");
      for (GroupStatus.DesiredReplica replica : desired.replicas()) {
        out.beginObject().field("name", replica.name());
        if (replica.offline()) {
          out.field("offline", true);
        }
        out.field("peer", NameHash.of(replica.name())).endObject();
      }
      out.endArray();
    }
    if (desired.originReplicas() > 0) {
      out.beginObject("origin").field("replicas", desired.originReplicas());
      StreamConfig.Placement placement = desired.originPlacement();
      if (placement != null) {
        placement.writeTo(out);
      }
      out.endObject();
    }
    GroupStatus.Progress progress = desired.progress();
    if (progress != null) {
      out.beginObject("status")
          .field("description", progress.description())
          .field("type", progress.type())
          .endObject();
    }
    out.endObject();
  }

  /** Writes one server of a group as an object. */
  public static void write(GroupStatus.ReplicaStatus replica, JsonWriter out) {
    out.beginObject().field("name", replica.name()).field("current", replica.current());
    if (replica.offline()) {
      out.field("offline", true);
    }
    out.field("active", replica.active())
        .fieldIfSet("lag", replica.lag())
        .field("peer", NameHash.of(replica.name()));
    if (replica.pending()) {
      out.field("pending", true);
    }
    out.endObject();
  }

  // The names of groups are those of nats-server (groupName in jetstream_cluster.go) but for the
  // random part, which here stays the same when the server restarts.
  private void write(
      String kind,
      StreamConfig stream,
      String asset,
      long replicas,
      StorageType storage,
      long created,
      JsonWriter out) {
    String server = options.serverName();
    StreamConfig.Placement placement = stream.placement();
    String cluster = placement == null ? "" : placement.cluster();
    out.beginObject(FIELD).field("name", cluster.isEmpty() ? server : cluster);
    if (replicas > 1) {
      String letter = storage.text().substring(0, 1).toUpperCase(Locale.ROOT);
      out.field("raft_group", kind + "-R" + replicas + letter + "-" + NameHash.of(asset));
    }
    out.field("leader", server);
    if (replicas > 1) {
      out.field("leader_since", Rfc3339.format(created)).beginArray("replicas");
      for (int peer = 2; peer <= replicas; peer++) {
        String name = server + "-" + peer;
        out.beginObject()
            .field("name", name)
            .field("current", true)
            .field("active", 0)
            .field("peer", NameHash.of(name))
            .endObject();
      }
      out.endArray();
    }
    out.endObject();
  }
}
