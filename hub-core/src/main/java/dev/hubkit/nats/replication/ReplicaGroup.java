package dev.hubkit.nats.replication;

import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.Supervisor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The replicas of one group, each on a server of this JVM. Carries their messages over {@link
 * ServerLinks}, keeps what is left of the replicas of servers that have ended, and runs their
 * timers. All its replicas take turns, so what happens is the same again with the same seed and the
 * same times; two groups do not wait for each other.
 *
 * <p>Thread-safe. What the replicas tell their {@link ReplicaMember}s, they tell on the thread that
 * called, or on that of the time source.
 *
 * @param <C> the commands of the group
 * @param <S> its snapshots
 */
public final class ReplicaGroup<C, S> implements AutoCloseable {
  private final String name;
  private final ElectionTimes times;
  private final TimeSource time;
  private final long seed;
  private final ServerLinks links;
  private final Supervisor supervisor;
  private final ServerLinks.Listener listener = this::linksChanged;

  // All guarded by this object's monitor.
  private final SortedSet<String> founders;
  private final TreeMap<String, GroupSeat<C, S>> seats = new TreeMap<>();
  private final Deque<Runnable> mail = new ArrayDeque<>();
  private final List<Runnable> afterwards = new ArrayList<>();
  private Reachability reachability = new Reachability();
  private boolean busy;
  private boolean closed;

  /**
   * Makes a group without replicas.
   *
   * @param name distinguishes its random times from those of other groups of the same seed
   * @param founders the servers that have replicas at first
   * @param seed of all random times
   * @param supervisor logs what members throw
   */
  public ReplicaGroup(
      String name,
      SortedSet<String> founders,
      ElectionTimes times,
      TimeSource time,
      long seed,
      ServerLinks links,
      Supervisor supervisor) {
    this.name = name;
    this.supervisor = supervisor;
    this.founders = new TreeSet<>(founders);
    this.times = times;
    this.time = time;
    this.seed = seed;
    this.links = links;
    links.add(listener);
  }

  // ---- Servers come and go.

  /**
   * Starts the replica of a server, with what is left of it where it had one.
   *
   * @throws IllegalStateException if it has a replica that runs
   */
  public void start(String server, ReplicaMember<C, S> member) {
    run(
        () -> {
          GroupSeat<C, S> seat = seats.get(server);
          if (seat == null) {
            ReplicaState<C> state =
                founders.contains(server)
                    ? ReplicaState.founding(founders)
                    : ReplicaState.joining(members());
            if (seats.values().stream().anyMatch(each -> each.term() > 0)) {
              // What it begins with may not be what the log began with.
              state.begunBefore();
            }
            long mixed = seed * 31 + name.hashCode();
            seat = new GroupSeat<>(this, server, state, mixed * 31 + server.hashCode());
            seats.put(server, seat);
          }
          seat.start(member, times);
          seats.values().forEach(each -> each.peerRestarted(server));
          seats.values().forEach(GroupSeat::linksChanged);
        });
  }

  /**
   * Ends the replica of a server; does nothing if none runs.
   *
   * @param losesLog whether it loses what it had, as when it was in memory
   */
  public void end(String server, boolean losesLog) {
    run(
        () -> {
          GroupSeat<C, S> seat = seats.get(server);
          if (seat != null) {
            seat.end(losesLog);
            seats.values().forEach(GroupSeat::linksChanged);
          }
        });
  }

  /**
   * Ends the replica of a server for good if the leader does not count it among the members.
   * Another one would be missed: without it there may be no majority for any change.
   *
   * @return whether it has ended, or none has run
   */
  public boolean dismiss(String server) {
    boolean[] done = {false};
    run(
        () -> {
          GroupSeat<C, S> leader = leadingSeat();
          // A change that no majority has may be undone.
          done[0] = leader != null && leader.isSettled() && !leader.members().contains(server);
          GroupSeat<C, S> seat = seats.get(server);
          if (done[0] && seat != null) {
            seat.end(true);
            seats.values().forEach(GroupSeat::linksChanged);
          }
        });
    return done[0];
  }

  /** Has the replica of a server ask at once to be elected, which is to lead a new group. */
  public void elect(String server) {
    run(() -> seat(server).elect());
  }

  // Under the monitor of the links, which it never waits for while it holds its own.
  private void linksChanged(Reachability present) {
    run(
        () -> {
          Reachability before = reachability;
          reachability = present;
          seats.values().forEach(seat -> seat.linksChanged(before));
        });
  }

  /** Ends all replicas. Safe to call more than once. */
  @Override
  public void close() {
    links.remove(listener);
    run(
        () -> {
          closed = true;
          seats.values().forEach(seat -> seat.end(false));
          mail.clear();
        });
  }

  // ---- What is asked of it.

  /**
   * Has the replica of a server append a command, which {@link #flush} sends.
   *
   * @return its index; empty if that replica does not lead
   */
  public OptionalLong propose(String server, C command) {
    OptionalLong[] index = {OptionalLong.empty()};
    run(() -> index[0] = seat(server).propose(command));
    return index[0];
  }

  /**
   * Has the replica of a server append commands, one after the other, and sends them.
   *
   * @return the index of the first one; empty if that replica does not lead
   */
  public OptionalLong propose(String server, List<C> commands) {
    OptionalLong[] first = {OptionalLong.empty()};
    run(
        () -> {
          GroupSeat<C, S> seat = seats.get(server);
          for (C command : commands) {
            OptionalLong index = seat == null ? OptionalLong.empty() : seat.propose(command);
            if (first[0].isEmpty()) {
              first[0] = index;
            }
          }
          if (seat != null) {
            seat.flush();
          }
        });
    return first[0];
  }

  /**
   * Ends the replica of a member that can no longer do what the others do, and has lost what it
   * had; does nothing if the replica runs no more, or with another member.
   *
   * @param again whether it is started again at once, to get the state of the leader
   */
  public void lost(String server, ReplicaMember<C, S> member, boolean again) {
    run(
        () -> {
          GroupSeat<C, S> seat = seats.get(server);
          if (seat != null && seat.isOf(member)) {
            end(server, true);
            if (again) {
              start(server, member);
            }
          }
        });
  }

  /**
   * Notes that a member has taken over the state of the leader, and that stays after a kill; does
   * nothing if the replica runs no more, or with another member.
   */
  public void restored(String server, ReplicaMember<C, S> member) {
    run(
        () -> {
          GroupSeat<C, S> seat = seats.get(server);
          if (seat != null && seat.isOf(member)) {
            seat.restored();
          }
        });
  }

  /** Sends what a server's replica was asked to append. */
  public void flush(String server) {
    run(() -> seat(server).flush());
  }

  /**
   * Adds a server, whose replica runs, to the members, or removes one; see {@link Replica#change}.
   */
  public boolean change(SortedSet<String> members) {
    boolean[] begun = {false};
    run(
        () -> {
          GroupSeat<C, S> leader = leadingSeat();
          begun[0] =
              leader != null
                  && members.stream()
                      .allMatch(each -> isSeated(each) || leader.members().contains(each))
                  && leader.change(members);
        });
    return begun[0];
  }

  /**
   * Takes a server from the members that will never come back, where without it there can be no
   * leader who does so in order; does nothing while there is one, or the server's replica runs.
   * What only that server had is lost (EvictPeers in {@code server/raft.go} of nats-server).
   */
  public void evict(String server) {
    run(
        () -> {
          if (leadingSeat() == null && !isSeated(server)) {
            seats.values().forEach(seat -> seat.evict(server));
            seats.values().forEach(GroupSeat::linksChanged);
          }
        });
  }

  /** Has another replica lead; see {@link Replica#stepDown}. */
  public boolean stepDown(@Nullable String to) {
    boolean[] done = {false};
    run(
        () -> {
          GroupSeat<C, S> leader = leadingSeat();
          done[0] = leader != null && leader.stepDown(to);
        });
    return done[0];
  }

  /**
   * Runs a task when the group is done with what it does, and others may call it; at once if it
   * does nothing. For what a {@link ReplicaMember} is told.
   */
  public void afterwards(Runnable task) {
    run(() -> afterwards.add(task));
  }

  // ---- What it knows.

  /** Returns the server whose replica leads in the highest term; null if none does. */
  public synchronized @Nullable String leader() {
    GroupSeat<C, S> leader = leadingSeat();
    return leader == null ? null : leader.server();
  }

  /**
   * Returns whether a server's replica runs and knows of no leader for so long that a client can be
   * told so.
   *
   * @param patience how long it waits for a leader that it heard of, in nanoseconds; one that led
   *     itself knows at once
   */
  public synchronized boolean isLeaderless(String server, long patience) {
    GroupSeat<C, S> seat = seats.get(server);
    return seat != null && seat.nanosWithoutLeader(patience) > 0;
  }

  /** Returns the part that a server's replica plays; null if it has none that runs. */
  public synchronized @Nullable Standing standing(String server) {
    GroupSeat<C, S> seat = seats.get(server);
    return seat == null ? null : seat.standing();
  }

  /** Returns whether the replica of a server runs, and has this member. */
  public synchronized boolean runs(String server, ReplicaMember<C, S> member) {
    GroupSeat<C, S> seat = seats.get(server);
    return seat != null && seat.isOf(member);
  }

  /** Returns whether none of its replicas runs. */
  public synchronized boolean isEmpty() {
    return seats.values().stream().noneMatch(GroupSeat::isRunning);
  }

  /** Returns how many entries a server lacks, as far as the leader knows; 0 without a leader. */
  public synchronized long lag(String server) {
    GroupSeat<C, S> leader = leadingSeat();
    return leader == null ? 0 : leader.lag(server);
  }

  /** Returns the members, as the leader knows them, or without one the founders. */
  public synchronized SortedSet<String> members() {
    GroupSeat<C, S> leader = leadingSeat();
    return leader == null ? founders : leader.members();
  }

  /** Returns whether the last change of the members is not complete; false without a leader. */
  public synchronized boolean isChanging() {
    GroupSeat<C, S> leader = leadingSeat();
    return leader != null && leader.isChanging();
  }

  private @Nullable GroupSeat<C, S> leadingSeat() {
    GroupSeat<C, S> best = null;
    for (GroupSeat<C, S> each : seats.values()) {
      if (each.isLeading() && (best == null || each.term() > best.term())) {
        best = each;
      }
    }
    return best;
  }

  private GroupSeat<C, S> seat(String server) {
    GroupSeat<C, S> seat = seats.get(server);
    if (seat == null) {
      throw new IllegalStateException("Server " + server + " has no replica of group " + name);
    }
    return seat;
  }

  // ---- What its replicas ask, within a turn.

  Reachability reachability() {
    return reachability;
  }

  boolean isSeated(String server) {
    GroupSeat<C, S> seat = seats.get(server);
    return seat != null && seat.isRunning();
  }

  void send(String from, String to, ReplicaMessage<C, S> message) {
    Reachability sent = reachability;
    GroupSeat<C, S> receiver = seats.get(to);
    if (receiver == null || !sent.reaches(from, to)) {
      return;
    }
    long senderStarts = seat(from).starts();
    long receiverStarts = receiver.starts();
    Runnable arrival =
        () -> {
          Reachability now = reachability;
          if (now.link(from, to).cuts() == sent.link(from, to).cuts()
              && seat(from).starts() == senderStarts
              && receiver.starts() == receiverStarts) {
            receiver.receive(from, message);
          }
        };
    long delay = sent.link(from, to).delayNanos();
    if (delay == 0) {
      mail.add(arrival);
    } else {
      schedule(delay, arrival);
    }
  }

  // What a member has not applied, it misses; the leader brings it the whole when it is started
  // again.
  void failed(GroupSeat<C, S> seat, Throwable failure) {
    supervisor.failed(
        "the replica of group " + name + " on server " + seat.server(), failure, null);
    mail.add(
        () -> {
          seat.end(true);
          seats.values().forEach(GroupSeat::linksChanged);
        });
  }

  Timer schedule(long delayNanos, Runnable task) {
    return time.schedule(delayNanos, () -> run(task));
  }

  long nanoTime() {
    return time.nanoTime();
  }

  // Runs a turn: what is asked, and then everything that the replicas have to say to each other.
  private void run(Runnable turn) {
    List<Runnable> after;
    synchronized (this) {
      if (busy) {
        // A member is told something, and asks for something to be done afterwards.
        turn.run();
        return;
      }
      busy = true;
      try {
        if (!closed) {
          turn.run();
        }
        for (Runnable next = mail.poll(); next != null; next = mail.poll()) {
          next.run();
        }
      } finally {
        busy = false;
        after = List.copyOf(afterwards);
        afterwards.clear();
      }
    }
    after.forEach(task -> supervisor.run(name, task::run));
  }
}
