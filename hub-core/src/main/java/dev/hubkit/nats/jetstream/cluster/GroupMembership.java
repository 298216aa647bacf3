package dev.hubkit.nats.jetstream.cluster;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which servers are to have a stream or a consumer, as one server hears of it, and what that server
 * does about it: has the group take up those that are to have it and dismiss the others, and leaves
 * the group itself. Thread-safe.
 */
final class GroupMembership {
  private final LocalPeer peer;
  private final Supplier<@Nullable RaftGroup> assigned;
  private final Consumer<RaftGroup> settled;

  /**
   * Makes the membership of what is assigned.
   *
   * @param assigned returns the servers that are to have it now; null when it is no more
   * @param settled is told when they have it, on the one that leads them
   */
  GroupMembership(
      LocalPeer peer, Supplier<@Nullable RaftGroup> assigned, Consumer<RaftGroup> settled) {
    this.settled = settled;
    this.peer = peer;
    this.assigned = assigned;
  }

  /** Returns whether other servers are to have it, and this one is not. */
  boolean isAway() {
    RaftGroup now = assigned.get();
    return !peer.hasEnded() && now != null && !now.has(peer.server());
  }

  /**
   * Has the group become what it is to be, if this server leads it. Where none does, because
   * servers that it needs were removed from the cluster, it does without them.
   */
  void reconcile() {
    RaftGroup raft = assigned.get();
    if (raft != null) {
      peer.groups().evictRemoved(raft);
      peer.groups()
          .reconcile(
              raft, peer.server(), () -> raft.equals(assigned.get()), () -> settled.accept(raft));
    }
  }

  /**
   * Ends the replica here when the others do not count on it any more, unless this server is to
   * have it again before. Until then it has to take part: there may be no majority without it.
   *
   * @param isReady whether the replica may end
   * @param left runs when it has ended
   */
  void leave(RaftGroup raft, BooleanSupplier isReady, Runnable left) {
    reconcile(); // the leader goes, too
    peer.groups().whenDismissed(raft, peer.server(), this::isAway, isReady, left);
  }
}
