package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.StreamConfig;
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
 * @param desired what it is on its way to; null when it is what it is to be
 */
public record GroupStatus(
    String cluster,
    String raftGroup,
    @Nullable String leader,
    long leaderSince,
    List<ReplicaStatus> replicas,
    @Nullable DesiredStatus desired) {

  public GroupStatus {
    replicas = List.copyOf(replicas);
  }

  /** Makes the status of a group that is what it is to be. */
  public GroupStatus(
      String cluster,
      String raftGroup,
      @Nullable String leader,
      long leaderSince,
      List<ReplicaStatus> replicas) {
    this(cluster, raftGroup, leader, leaderSince, replicas, null);
  }

  /**
   * A server of a group.
   *
   * @param current whether it has all that the leader has
   * @param offline whether it does not run, or is not reached
   * @param active for how long nothing was heard of it, in nanoseconds
   * @param lag how many entries it lacks
   * @param pending whether it is to have the group, and was not taken up yet
   */
  public record ReplicaStatus(
      String name, boolean current, boolean offline, long active, long lag, boolean pending) {
    public ReplicaStatus(String name, boolean current, boolean offline, long active, long lag) {
      this(name, current, offline, active, lag, false);
    }
  }

  /**
   * What a group is on its way to.
   *
   * @param created since when, in nanoseconds since the Unix epoch
   * @param replicas the servers that are to have it; empty while the leader still chooses them
   * @param originReplicas how many had it before; 0 if no client has asked for the change
   * @param originPlacement where it was to be before; null for anywhere
   * @param progress what the leader does or waits for; null while nobody knows
   */
  public record DesiredStatus(
      long created,
      List<DesiredReplica> replicas,
      long originReplicas,
      StreamConfig.@Nullable Placement originPlacement,
      @Nullable Progress progress) {
    public DesiredStatus {
      replicas = List.copyOf(replicas);
    }
  }

  /** A server that is to have a group, and whether it does not run. */
  public record DesiredReplica(String name, boolean offline) {}

  /** What the leader of a group does or waits for, in the words of nats-server. */
  public record Progress(String description, String type) {}
}
