package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.runtime.GroupStatus;
import dev.hubkit.nats.jetstream.runtime.GroupStatus.ReplicaStatus;
import dev.hubkit.nats.replication.ReplicaGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tells how a group is, as one server sees it (clusterInfo of nats-server). */
final class GroupReport {
  private final LocalPeer peer;
  private final RaftGroup raft;

  GroupReport(LocalPeer peer, RaftGroup raft) {
    this.peer = peer;
    this.raft = raft;
  }

  /** Returns what is told of the group now. */
  GroupStatus status() {
    String name = peer.clusterName();
    String leader = peer.leaderOf(raft);
    boolean isOffline = peer.areOffline(raft.peers());
    if (raft.peers().size() == 1 && !isOffline) {
      return new GroupStatus(name, "", leader, 0, List.of());
    }
    long since = leader == null ? 0 : peer.groups().leadsSince(raft, leader);
    return new GroupStatus(name, raft.shownName(), leader, since, replicas(leader, isOffline));
  }

  /** Returns all servers of the group, with the leader. */
  List<ReplicaStatus> all() {
    return replicas(null, false);
  }

  private List<ReplicaStatus> replicas(@Nullable String leader, boolean isOffline) {
    ReplicaGroup<?, ?> group = peer.groups().find(raft);
    List<ReplicaStatus> replicas = new ArrayList<>();
    for (String each : new TreeSet<>(raft.peers())) {
      if (!each.equals(leader)) {
        boolean reached = peer.isLinkedTo(each);
        long lag = group == null || isOffline ? 0 : group.lag(each);
        long active = reached || isOffline ? 0 : peer.silence(each);
        replicas.add(
            new ReplicaStatus(each, reached && lag == 0, peer.isOffline(each), active, lag));
      }
    }
    return replicas;
  }
}
