package dev.hubkit.nats.jetstream.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The servers that have a stream or a consumer, as one server of the cluster sees them at a moment.
 *
 * @param cluster the name of the cluster
 * @param raftGroup the name of the group; empty for one of a single server
 * @param leader the server that leads; null while none is known
 * @param leaderSince since when it has led, in nanoseconds since the Unix epoch; 0 if unknown
 * @param replicas the others of the group, by name; all of it without a leader
 */
public record GroupStatus(
    String cluster,
    String raftGroup,
    @Nullable String leader,
    long leaderSince,
    List<ReplicaStatus> replicas) {

  public GroupStatus {
    replicas = List.copyOf(replicas);
  }

  /**
   * A server of a group.
   *
   * @param current whether it has all that the leader has
   * @param offline whether it does not run, or is not reached
   * @param active for how long nothing was heard of it, in nanoseconds
   * @param lag how many entries it lacks
   */
  public record ReplicaStatus(
      String name, boolean current, boolean offline, long active, long lag) {}
}
