package dev.hubkit.nats.replication;

import dev.hubkit.time.Timer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A group whose servers, links and time are simulated, so that one seed always gives one history.
 * Checks with each step that nothing happens that must not.
 */
final class SimulatedGroup {
  private static final long MILLISECOND = 1_000_000;
  private static final long ENOUGH_TO_ELECT = 10_000 * MILLISECOND;
  static final ElectionTimes TIMES =
      new ElectionTimes(10 * MILLISECOND, 50 * MILLISECOND, 100 * MILLISECOND);

  final Random random;
  private final PriorityQueue<Due> queue = new PriorityQueue<>();
  private final TreeMap<String, SimulatedReplica> replicas = new TreeMap<>();
  private final TreeSet<String> cut = new TreeSet<>();
  // How often each link was cut, which loses what was under way.
  private final Map<String, Integer> cuts = new HashMap<>();
  private final Map<Long, LogEntry<Long>> agreed = new HashMap<>();
  private final Map<Long, String> leaders = new HashMap<>();
  private final Map<Long, Long> acknowledged = new TreeMap<>();
  private final @Nullable StringBuilder story;
  private long slowest;
  private long now;
  private long events;
  private long lastCommand;
  private int elections;

  private record Due(long at, long order, Runnable task) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  /**
   * Starts a group.
   *
   * @param tells whether to write down what happens
   */
  SimulatedGroup(long seed, int servers, int members, boolean tells) {
    this.random = new Random(seed);
    this.story = tells ? new StringBuilder() : null;
    TreeSet<String> founders = new TreeSet<>();
    for (int i = 1; i <= servers; i++) {
      String name = "n" + i;
      if (i <= members) {
        founders.add(name);
      }
      replicas.put(name, new SimulatedReplica(this, name));
    }
    founders.forEach(name -> replica(name).found(founders));
    founders.forEach(name -> replica(name).begin(name.equals("n1")));
  }

  SimulatedReplica replica(String name) {
    return replicas.get(name);
  }

  Collection<SimulatedReplica> replicas() {
    return replicas.values();
  }

  // ---- Time and links.

  Timer after(long delay, Runnable task) {
    Due due = new Due(now + Math.max(0, delay), events++, task);
    queue.add(due);
    return () -> queue.remove(due);
  }

  /** Lets time go on for so long. */
  void run(long nanos) {
    long end = now + nanos;
    while (!queue.isEmpty() && queue.peek().at() <= end) {
      step();
    }
    now = end;
  }

  /** Lets time go on until nothing is left to happen; returns false if that takes too long. */
  boolean settle() {
    for (int steps = 0; steps < 100_000; steps++) {
      if (queue.isEmpty()) {
        return true;
      }
      step();
    }
    return false;
  }

  private void step() {
    Due due = queue.remove();
    now = due.at();
    due.task().run();
  }

  boolean isOpen(String from, String to) {
    return !cut.contains(from + ">" + to);
  }

  void cut(String from, String to) {
    tell("cut " + from + ">" + to);
    cut.add(from + ">" + to);
    cuts.merge(from + ">" + to, 1, Integer::sum);
    linksChanged();
  }

  void heal() {
    tell("heal");
    cut.clear();
    linksChanged();
  }

  /** Delays messages by up to so many nanoseconds from now on. */
  void slow(long nanos) {
    tell("messages take up to " + nanos);
    slowest = nanos;
  }

  void linksChanged() {
    replicas.values().forEach(SimulatedReplica::linksChanged);
  }

  void restarted(String peer) {
    replicas.values().forEach(each -> each.peerRestarted(peer));
  }

  void deliver(SimulatedReplica from, String to, ReplicaMessage<Long, List<Long>> message) {
    SimulatedReplica target = replica(to);
    long sender = from.incarnation();
    long receiver = target.incarnation();
    Integer before = cuts.get(from.name() + ">" + to);
    long delay = slowest == 0 ? 0 : random.nextLong(slowest);
    if (isOpen(from.name(), to)) {
      after(
          delay,
          () -> {
            if (Objects.equals(before, cuts.get(from.name() + ">" + to))
                && from.incarnation() == sender
                && target.incarnation() == receiver) {
              tell(from.name() + ">" + to + " " + message);
              target.receive(from.name(), message);
            }
          });
    }
  }

  // ---- What must hold.

  /** Has a leader take a command, if there is one. */
  void publish(SimulatedReplica at, int count) {
    for (int i = 0; i < count; i++) {
      at.propose(++lastCommand);
    }
    at.flush();
  }

  void applied(String name, LogEntry<Long> entry) {
    LogEntry<Long> other = agreed.putIfAbsent(entry.index(), entry);
    if (other != null && !other.equals(entry)) {
      throw new AssertionError(name + " applies " + entry + ", others have applied " + other);
    }
  }

  void acknowledged(long index, long command) {
    Long other = acknowledged.put(index, command);
    if (other != null) {
      throw new AssertionError(
          "Index " + index + " is acknowledged for " + command + " and for " + other);
    }
  }

  void leads(String name, long term) {
    elections++;
    String other = leaders.putIfAbsent(term, name);
    if (other != null && !other.equals(name)) {
      throw new AssertionError(name + " and " + other + " lead in term " + term);
    }
  }

  /** Brings everything back, and checks that all replicas are equal and nothing was lost. */
  void checkAfterHealing() {
    slow(0);
    heal();
    replicas.values().forEach(SimulatedReplica::bringBack);
    run(ENOUGH_TO_ELECT);
    SimulatedReplica elected = leader();
    if (elected != null) {
      // Servers that were to join when their leader was replaced: the host ends their replicas.
      replicas.values().forEach(each -> each.leaveUnlessIn(elected.members()));
    }
    if (!settle()) {
      throw new AssertionError("The group does not come to rest");
    }
    SimulatedReplica leader = leader();
    if (leader == null) {
      throw new AssertionError("Nobody leads");
    }
    publish(leader, 1);
    settle();
    if (acknowledged.values().stream().noneMatch(each -> each == lastCommand)) {
      throw new AssertionError("The healed group takes no command");
    }
    List<Long> held = leader.machine();
    for (String member : leader.members()) {
      if (!replica(member).machine().equals(held)) {
        throw new AssertionError(
            member + " has " + replica(member).machine() + ", the leader has " + held);
      }
    }
    List<Long> lost = new ArrayList<>(acknowledged.values());
    lost.removeAll(new TreeSet<>(held));
    if (!lost.isEmpty()) {
      throw new AssertionError("Acknowledged and lost: " + lost);
    }
  }

  /** Returns the leader of the highest term; null if nobody leads. */
  @Nullable SimulatedReplica leader() {
    SimulatedReplica best = null;
    for (SimulatedReplica each : replicas.values()) {
      if (each.isLeading() && (best == null || each.term() > best.term())) {
        best = each;
      }
    }
    return best;
  }

  boolean areAllWhole(SortedSet<String> members) {
    return members.stream().allMatch(each -> replica(each).isWhole());
  }

  int acknowledgedCount() {
    return acknowledged.size();
  }

  int elections() {
    return elections;
  }

  void tell(String what) {
    if (story != null) {
      story.append(now / 1000).append(" µs ").append(what).append('\n');
    }
  }

  boolean tells() {
    return story != null;
  }

  String story() {
    return String.valueOf(story);
  }
}
