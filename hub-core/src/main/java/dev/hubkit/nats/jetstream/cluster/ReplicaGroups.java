package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.consumer.ConsumerCommand;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.stream.StreamReplicaSnapshot;
import dev.hubkit.nats.replication.ElectionTimes;
import dev.hubkit.nats.replication.ReplicaGroup;
import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.nats.replication.ServerLinks;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The groups of all streams and consumers of a cluster, by their names. Thread-safe. */
final class ReplicaGroups {
  // After this a replica of nats-server takes part in an election at the earliest
  // (minElectionTimeout in raft.go). Until then it believes in its leader.
  private static final long LEADERLESS = Duration.ofSeconds(4).toNanos();

  private static final long RETRY = Duration.ofMillis(20).toNanos();

  private final ElectionTimes elections;
  private final TimeSource time;
  private final long seed;
  private final ServerLinks links;
  private final Supervisor supervisor;
  private final Predicate<String> isRemoved;
  private final Map<String, ReplicaGroup<?, ?>> groups = new ConcurrentHashMap<>();
  private final Map<String, Leader> leaders = new ConcurrentHashMap<>();
  private final Set<String> announced = ConcurrentHashMap.newKeySet();

  /** Since when a server has led a group, in nanoseconds since the Unix epoch. */
  record Leader(String server, long since) {}

  /**
   * Makes it without groups.
   *
   * @param isRemoved returns whether a server was removed from the cluster
   */
  ReplicaGroups(
      ElectionTimes elections,
      TimeSource time,
      long seed,
      ServerLinks links,
      Supervisor supervisor,
      Predicate<String> isRemoved) {
    this.isRemoved = isRemoved;
    this.elections = elections;
    this.time = time;
    this.seed = seed;
    this.links = links;
    this.supervisor = supervisor;
  }

  /** Returns the group of a consumer, which is made if there is none yet. */
  @SuppressWarnings("unchecked") // the names of groups of consumers are their own
  ReplicaGroup<ConsumerCommand, ConsumerSnapshot> consumer(RaftGroup raft) {
    return (ReplicaGroup<ConsumerCommand, ConsumerSnapshot>)
        groups.computeIfAbsent(
            raft.name(), name -> this.<ConsumerCommand, ConsumerSnapshot>make(raft));
  }

  /** Returns the group of a stream, which is made if there is none yet. */
  @SuppressWarnings("unchecked") // the names of groups of streams are their own
  ReplicaGroup<StreamCommand, StreamReplicaSnapshot> stream(RaftGroup raft) {
    return (ReplicaGroup<StreamCommand, StreamReplicaSnapshot>)
        groups.computeIfAbsent(
            raft.name(), name -> this.<StreamCommand, StreamReplicaSnapshot>make(raft));
  }

  private <C, S> ReplicaGroup<C, S> make(RaftGroup raft) {
    return new ReplicaGroup<>(
        raft.name(), new TreeSet<>(raft.peers()), elections, time, seed, links, supervisor);
  }

  /**
   * Has the preferred server ask to lead, once all that run take part.
   *
   * @param from the server that asks for it
   */
  void begin(RaftGroup raft, String from) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    if (group == null || group.leader() != null || group.standing(raft.preferred()) == null) {
      return;
    }
    for (String server : raft.peers()) {
      if (links.areLinked(from, server) && group.standing(server) == null) {
        return;
      }
    }
    group.elect(raft.preferred());
  }

  /**
   * Has a group take up the servers that are to have it, and then dismiss the others, one at a
   * time. A server is taken up when its replica runs, those that talk to the leader before others:
   * with one that stands still, a group of one server could agree on nothing any more.
   *
   * @return whether its members are those that they are to be
   */
  private boolean reconcile(RaftGroup raft) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    if (group == null) {
      return true;
    }
    Set<String> wanted = new TreeSet<>(raft.peers());
    TreeSet<String> members = new TreeSet<>(group.members());
    while (!members.equals(wanted)) {
      TreeSet<String> next = new TreeSet<>(members);
      if (members.containsAll(wanted)) {
        next.remove(dismissed(group, members, wanted));
      } else {
        wanted.stream()
            .filter(each -> !members.contains(each) && group.standing(each) != null)
            .min(Comparator.comparing(each -> !talksTo(group.leader(), each)))
            .filter(each -> talksTo(group.leader(), each) || canDoWithout(group, members))
            .ifPresent(next::add);
      }
      if (next.equals(members) || !group.change(next)) {
        return false;
      }
      members.clear();
      members.addAll(group.members());
    }
    return true;
  }

  private boolean talksTo(@Nullable String leader, String server) {
    return leader != null && links.areLinked(leader, server);
  }

  // One more member that the leader does not hear must not cost the group its majority.
  private boolean canDoWithout(ReplicaGroup<?, ?> group, Set<String> members) {
    String leader = group.leader();
    long heard = members.stream().filter(each -> talksTo(leader, each)).count();
    return heard > (members.size() + 1) / 2;
  }

  // Those that do not run go first: the change needs a majority of those that stay. The leader goes
  // last.
  private static String dismissed(
      ReplicaGroup<?, ?> group, Set<String> members, Set<String> wanted) {
    String leader = group.leader();
    return members.stream()
        .filter(each -> !wanted.contains(each))
        .min(
            Comparator.comparing((String each) -> each.equals(leader))
                .thenComparing(each -> group.standing(each) != null))
        .orElseThrow();
  }

  /** Returns whether a group may count on the replica of a server, as far as that is known. */
  boolean countsOn(RaftGroup raft, String server) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    return group != null && group.members().contains(server);
  }

  /**
   * Has a group get the members that it is to have; tries again and again, for as long as the
   * server leads it. Only the leader does it: others may not have heard of what was agreed upon
   * last.
   *
   * @param goesOn whether that is still wanted
   * @param done runs when it has
   */
  void reconcile(RaftGroup raft, String server, BooleanSupplier goesOn, Runnable done) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    if (group == null || !server.equals(group.leader()) || !goesOn.getAsBoolean()) {
      return;
    }
    if (reconcile(raft)) {
      done.run();
    } else {
      time.schedule(
          RETRY, () -> supervisor.run(raft.name(), () -> reconcile(raft, server, goesOn, done)));
    }
  }

  /**
   * Has a group without a leader do without servers that were removed from the cluster, and that
   * are not to have it any more (checkEvictedPeers of nats-server).
   */
  void evictRemoved(RaftGroup raft) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    if (group != null && group.leader() == null) {
      group.members().stream()
          .filter(each -> !raft.has(each) && isRemoved.test(each))
          .forEach(group::evict);
    }
  }

  /** Ends the replica of a server that goes. */
  void end(RaftGroup raft, String server, boolean losesLog) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    if (group != null) {
      group.end(server, losesLog);
    }
  }

  /**
   * Ends the replica of a server when the leader of its group does not count on it any more; asks
   * again and again.
   *
   * @param goesOn whether that is still wanted
   * @param isReady whether the replica may end
   * @param task runs then
   */
  void whenDismissed(
      RaftGroup raft,
      String server,
      BooleanSupplier goesOn,
      BooleanSupplier isReady,
      Runnable task) {
    if (!goesOn.getAsBoolean()) {
      return;
    }
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    if (isReady.getAsBoolean() && (group == null || group.dismiss(server))) {
      task.run();
    } else {
      time.schedule(
          RETRY,
          () ->
              supervisor.run(
                  raft.name(), () -> whenDismissed(raft, server, goesOn, isReady, task)));
    }
  }

  /** Ends the replica of a server that is to have it no more, and with the last one the group. */
  void leave(RaftGroup raft, String server, boolean deleted) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    if (group == null) {
      return;
    }
    group.end(server, true);
    if (deleted && group.isEmpty()) {
      groups.remove(raft.name(), group);
      leaders.remove(raft.name());
      announced.remove(raft.name());
      group.close();
    }
  }

  /** Has another server lead a group, if this one does. */
  boolean resign(RaftGroup raft, String server) {
    return raft.peers().size() > 1 && stepDown(raft, server, null);
  }

  /**
   * Has another server lead a group, if this one does.
   *
   * @param to which one; null for any
   */
  boolean stepDown(RaftGroup raft, String server, @Nullable String to) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    return group != null && server.equals(group.leader()) && group.stepDown(to);
  }

  /**
   * Notes that a leader tells clients that what its group replicates was created; returns false if
   * an earlier one has told them.
   */
  boolean announces(String group) {
    return announced.add(group);
  }

  /** Ends the replicas of a server that has lost its disk, with all that was left of them. */
  void loseLogs(String server) {
    groups.values().forEach(group -> group.end(server, true));
  }

  /**
   * Notes that a server leads a group from now on.
   *
   * @param since what its clock shows, in nanoseconds since the Unix epoch
   */
  void leads(RaftGroup raft, String server, long since) {
    leaders.put(raft.name(), new Leader(server, since));
  }

  /** Returns since when a server has led a group; 0 if that is unknown. */
  long leadsSince(RaftGroup raft, String server) {
    Leader leader = leaders.get(raft.name());
    return leader == null || !leader.server().equals(server) ? 0 : leader.since();
  }

  /** Returns a group; null before one of its servers has made it. */
  @Nullable ReplicaGroup<?, ?> find(RaftGroup raft) {
    return groups.get(raft.name());
  }

  /**
   * Returns whether a server of a group can tell that it has no leader; see {@code
   * isGroupLeaderless} of nats-server. One that has a group alone, or is not in it, can't.
   */
  boolean isLeaderless(RaftGroup raft, String server) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    return group != null
        && raft.peers().size() > 1
        && raft.has(server)
        && group.isLeaderless(server, LEADERLESS);
  }

  /** Returns the leader of a group as one of its servers sees it; null if there is none. */
  @Nullable String leader(RaftGroup raft, String server) {
    ReplicaGroup<?, ?> group = groups.get(raft.name());
    if (group == null) {
      return null;
    }
    if (raft.has(server)) {
      Standing standing = group.standing(server);
      return standing == null ? null : standing.leader();
    }
    String leader = group.leader();
    return leader != null && links.areLinked(server, leader) ? leader : null;
  }

  void close() {
    groups.values().forEach(ReplicaGroup::close);
    groups.clear();
  }
}
