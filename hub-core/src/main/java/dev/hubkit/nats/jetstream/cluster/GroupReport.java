package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.cluster.StreamAssignment.Origin;
import dev.hubkit.nats.jetstream.runtime.GroupStatus;
import dev.hubkit.nats.jetstream.runtime.GroupStatus.DesiredReplica;
import dev.hubkit.nats.jetstream.runtime.GroupStatus.DesiredStatus;
import dev.hubkit.nats.jetstream.runtime.GroupStatus.Progress;
import dev.hubkit.nats.jetstream.runtime.GroupStatus.ReplicaStatus;
import dev.hubkit.nats.replication.ReplicaGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tells how a group is, as one server sees it (clusterInfo of nats-server). */
final class GroupReport {
  private final LocalPeer peer;
  private final RaftGroup raft;
  // What the stream was before, while other servers come to have it.
  private final @Nullable Origin origin;

  GroupReport(LocalPeer peer, RaftGroup raft) {
    this(peer, raft, null);
  }

  private GroupReport(LocalPeer peer, RaftGroup raft, @Nullable Origin origin) {
    this.peer = peer;
    this.raft = raft;
    this.origin = origin;
  }

  /** Returns what tells of the group of a stream, and of what it is on its way to. */
  static GroupReport of(LocalPeer peer, StreamAssignment stream) {
    return new GroupReport(peer, stream.group(), stream.origin());
  }

  /** Returns what is told of the group now. */
  GroupStatus status() {
    String name = peer.clusterName();
    String leader = peer.leaderOf(raft);
    boolean isOffline = peer.areOffline(raft.peers());
    if (raft.peers().size() == 1 && origin == null && !isOffline) {
      return new GroupStatus(name, "", leader, 0, List.of());
    }
    long since = leader == null ? 0 : peer.groups().leadsSince(raft, leader);
    if (origin == null) {
      List<ReplicaStatus> replicas = replicas(raft.peers(), leader, isOffline);
      return new GroupStatus(name, raft.shownName(), leader, since, replicas);
    }
    TreeSet<String> all = new TreeSet<>(members());
    all.addAll(raft.peers());
    return new GroupStatus(
        name,
        raft.shownName(),
        leader,
        since,
        replicas(all, leader, isOffline),
        desired(origin, raft.peers(), progress()));
  }

  /**
   * Returns what is told to a client that has asked for other servers, before anything has changed:
   * a server that had the stream alone makes a group, which has no leader yet. Null if the group is
   * what it is to be.
   */
  @Nullable GroupStatus atChange() {
    Origin before = origin;
    if (before == null) {
      return null;
    }
    boolean alone = before.peers().size() == 1;
    String leader = alone ? null : peer.leaderOf(raft);
    long since = leader == null ? 0 : peer.groups().leadsSince(raft, leader);
    List<ReplicaStatus> replicas = new ArrayList<>();
    for (ReplicaStatus each : replicas(before.peers(), leader, false)) {
      replicas.add(
          new ReplicaStatus(
              each.name(), alone || each.current(), each.offline(), each.active(), each.lag()));
    }
    // Of those that have it, the leader is yet to choose.
    boolean chooses = !before.move() && before.peers().containsAll(raft.peers());
    return new GroupStatus(
        peer.clusterName(),
        raft.shownName(),
        leader,
        since,
        replicas,
        desired(before, chooses ? List.of() : raft.peers(), null));
  }

  /** Returns all servers of the group, with the leader. */
  List<ReplicaStatus> all() {
    return replicas(raft.peers(), null, false);
  }

  private Collection<String> members() {
    ReplicaGroup<?, ?> group = peer.groups().find(raft);
    return group == null ? raft.peers() : group.members();
  }

  private List<ReplicaStatus> replicas(
      Collection<String> servers, @Nullable String leader, boolean isOffline) {
    ReplicaGroup<?, ?> group = peer.groups().find(raft);
    Collection<String> members = members();
    List<ReplicaStatus> replicas = new ArrayList<>();
    for (String each : new TreeSet<>(servers)) {
      if (origin != null && !members.contains(each)) {
        // Nothing is known of it yet.
        replicas.add(new ReplicaStatus(each, false, peer.isOffline(each), 0, 0, true));
      } else if (!each.equals(leader)) {
        boolean reached = peer.isLinkedTo(each);
        long lag = group == null || isOffline ? 0 : group.lag(each);
        long active = reached || isOffline ? 0 : peer.silence(each);
        replicas.add(
            new ReplicaStatus(each, reached && lag == 0, peer.isOffline(each), active, lag));
      }
    }
    return replicas;
  }

  // ---- What it is on its way to.

  private DesiredStatus desired(Origin before, List<String> servers, @Nullable Progress progress) {
    List<DesiredReplica> replicas = new ArrayList<>();
    servers.forEach(each -> replicas.add(new DesiredReplica(each, peer.isOffline(each))));
    return new DesiredStatus(
        before.since(),
        replicas,
        Math.max(1, before.config().replicas()),
        before.config().placement(),
        progress);
  }

  // What only the leader knows; in the words of nats-server (doStreamMigration in {@code
  // server/jetstream_cluster.go}).
  private @Nullable Progress progress() {
    ReplicaGroup<?, ?> group = peer.groups().find(raft);
    if (group == null || !peer.server().equals(peer.leaderOf(raft))) {
      return null;
    }
    if (group.isChanging()) {
      return new Progress("waiting for membership change to commit", "membership");
    }
    TreeSet<String> added = new TreeSet<>(raft.peers());
    added.removeAll(group.members());
    if (!added.isEmpty()) {
      long reached = group.members().stream().filter(peer::isLinkedTo).count();
      reached += peer.isLinkedTo(added.first()) ? 1 : 0;
      return reached > (group.members().size() + 1) / 2
          ? new Progress("adding peer " + added.first(), "membership")
          : new Progress("waiting for quorum to add peer", "quorum");
    }
    TreeSet<String> removed = new TreeSet<>(group.members());
    removed.removeAll(raft.peers());
    return removed.isEmpty()
        ? new Progress("waiting for peer set to settle", "meta")
        : new Progress("removing peer " + removed.first(), "membership");
  }
}
