package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveServer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Which servers belong to a cluster: some are removed, and may come again. Thread-safe. */
final class Membership {
  private static final long RETRY = Duration.ofMillis(20).toNanos();
  // As long as a leader of nats-server waits for an election (lostQuorumInterval).
  private static final int TRIES = 500;
  // peerRemoveTimeout of nats-server.
  private static final long EXILE = Duration.ofMinutes(5).toNanos();

  private final JetStreamCluster cluster;
  // When each was removed.
  private final Map<String, Long> removed = new ConcurrentHashMap<>();

  Membership(JetStreamCluster cluster) {
    this.cluster = cluster;
  }

  /** Returns whether a server was removed and has not come again. */
  boolean isRemoved(String server) {
    return removed.containsKey(server);
  }

  /** Returns the servers that were removed and have not come again. */
  Set<String> removed() {
    return Set.copyOf(removed.keySet());
  }

  /**
   * Removes a server. One that leads the cluster has another one do it.
   *
   * @param leader the server that leads the cluster
   * @param done runs when it was removed
   * @return false if another change is under way
   */
  boolean remove(JetStreamPeer leader, String server, Runnable done) {
    if (leader.server().equals(server)) {
      cluster.meta().stepDown(null);
      repeat(
          TRIES,
          () -> {
            JetStreamPeer next = leadingPeer();
            return next != null && !next.server().equals(server) && remove(next, server, done);
          });
      return true;
    }
    TreeSet<String> rest = new TreeSet<>(cluster.meta().members());
    rest.remove(server);
    if (!cluster.meta().change(rest)) {
      return false;
    }
    // Applied after the change.
    leader.propose(
        new RemoveServer(server),
        () -> {
          if (isRemoved(server)) {
            done.run();
          }
        });
    return true;
  }

  private @Nullable JetStreamPeer leadingPeer() {
    String leader = cluster.leader();
    return leader == null ? null : cluster.running(leader);
  }

  private void repeat(int tries, BooleanSupplier task) {
    if (tries > 0 && !task.getAsBoolean()) {
      cluster
          .time()
          .schedule(RETRY, () -> cluster.supervisor().run(this, () -> repeat(tries - 1, task)));
    }
  }

  /** Notes that all have agreed that a server is removed. Called by the one that leads. */
  void left(JetStreamPeer leader, String server) {
    removed.put(server, cluster.time().nanoTime());
    JetStreamPeer gone = cluster.running(server);
    if (gone != null) {
      gone.expel();
    }
    cluster.loseDisk(server);
    leader.repair().replace(server);
  }

  /** Notes that a server has started, which may come again after a while if it was removed. */
  void started(String server) {
    Long since = removed.get(server);
    if (since != null) {
      long rest = since + EXILE - cluster.time().nanoTime();
      cluster
          .time()
          .schedule(Math.max(0, rest), () -> cluster.supervisor().run(this, () -> readmit(server)));
    }
  }

  /** Has a server that was removed come again now. */
  void readmit(String server) {
    repeat(
        TRIES,
        () -> {
          if (!isRemoved(server) || cluster.running(server) == null) {
            return true;
          }
          TreeSet<String> members = new TreeSet<>(cluster.meta().members());
          members.add(server);
          JetStreamPeer leader = leadingPeer();
          if (leader == null || !cluster.meta().change(members)) {
            return false;
          }
          removed.remove(server);
          leader.repair().fill(server);
          return true;
        });
  }

  @Override
  public String toString() {
    return "The members of cluster " + cluster.name();
  }
}
