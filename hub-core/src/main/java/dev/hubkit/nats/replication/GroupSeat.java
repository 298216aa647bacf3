package dev.hubkit.nats.replication;

import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.time.Timer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * The place of a server in a group: its replica while it runs, and what is left of it otherwise.
 * Called within turns of the group.
 */
final class GroupSeat<C, S> {
  // Entries that stay for replicas that are a little behind. Commands may be large, so they are
  // few; those further behind get the whole state.
  private static final long KEPT = 128;

  private final ReplicaGroup<C, S> group;
  private final String server;
  private final ReplicaState<C> state;
  private final Random random;
  // What has come while the server stands still.
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private @Nullable Replica<C, S> replica;
  // Of the present start, or of the last one, whose state the next one may find.
  private @Nullable ReplicaMember<C, S> member;
  private long starts;
  // Whom it has heard of last as the leader, and since when of none.
  private @Nullable String heard;
  private long leaderlessSince;

  GroupSeat(ReplicaGroup<C, S> group, String server, ReplicaState<C> state, long seed) {
    this.group = group;
    this.server = server;
    this.state = state;
    this.random = new Random(seed);
  }

  String server() {
    return server;
  }

  /** Returns how often the replica was started or ended. */
  long starts() {
    return starts;
  }

  void start(ReplicaMember<C, S> member, ElectionTimes times) {
    if (replica != null) {
      throw new IllegalStateException("The replica of server " + server + " runs already");
    }
    starts++;
    heard = null;
    leaderlessSince = group.nanoTime();
    resume(member);
    this.member = member;
    Replica<C, S> made = new Replica<>(server, state, new Host(member, starts), times);
    replica = made;
    made.start();
  }

  private void resume(ReplicaMember<C, S> next) {
    ReplicaMember<C, S> last = member;
    if (last == null) {
      if (!next.isBlank()) {
        state.begunBefore();
      }
      return;
    }
    long index = next.resume(last, state.applied());
    if (index < 0) {
      state.loseLog();
    } else {
      state.resume(index);
    }
  }

  /** Returns whether this is the member of a replica that runs. */
  boolean isOf(ReplicaMember<C, S> some) {
    return replica != null && member == some;
  }

  void end(boolean losesLog) {
    Replica<C, S> ending = replica;
    if (ending != null) {
      ending.close();
      replica = null;
      starts++;
      waiting.clear();
    }
    if (losesLog) {
      state.loseLog();
      member = null;
    }
  }

  boolean isRunning() {
    return replica != null;
  }

  private boolean isPaused() {
    return group.reachability().server(server).paused();
  }

  private @Nullable Replica<C, S> awake() {
    return isPaused() ? null : replica;
  }

  void linksChanged() {
    Replica<C, S> present = awake();
    if (present != null) {
      present.linksChanged();
    }
  }

  void linksChanged(Reachability before) {
    Replica<C, S> present = awake();
    if (present != null && before.server(server).paused()) {
      for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
        next.run();
      }
      present.resumed();
    } else {
      linksChanged();
    }
  }

  void peerRestarted(String peer) {
    Replica<C, S> present = awake();
    if (present != null && !peer.equals(server)) {
      present.peerRestarted(peer);
    }
  }

  void receive(String from, ReplicaMessage<C, S> message) {
    whenAwake(starts, () -> receiveNow(from, message));
  }

  private void receiveNow(String from, ReplicaMessage<C, S> message) {
    if (replica != null) {
      replica.receive(from, message);
    }
  }

  // Runs a task unless the replica was ended; later, if the server stands still.
  private void whenAwake(long started, Runnable task) {
    if (started == starts) {
      if (isPaused()) {
        waiting.add(() -> whenAwake(started, task));
      } else {
        task.run();
      }
    }
  }

  void restored() {
    whenAwake(
        starts,
        () -> {
          if (replica != null) {
            replica.restored();
          }
        });
  }

  void elect() {
    Replica<C, S> present = awake();
    if (present != null) {
      present.elect();
    }
  }

  OptionalLong propose(C command) {
    Replica<C, S> present = awake();
    return present == null ? OptionalLong.empty() : present.propose(command);
  }

  void flush() {
    Replica<C, S> present = awake();
    if (present != null) {
      present.flush();
    }
  }

  boolean change(SortedSet<String> members) {
    Replica<C, S> present = awake();
    return present != null && present.change(members);
  }

  void evict(String gone) {
    state.log().evict(gone);
  }

  boolean stepDown(@Nullable String to) {
    Replica<C, S> present = awake();
    return present != null && present.stepDown(to);
  }

  boolean isChanging() {
    return replica != null && replica.isChanging();
  }

  boolean isLeading() {
    return replica != null && replica.isLeading();
  }

  long term() {
    return state.term();
  }

  @Nullable Standing standing() {
    return replica == null ? null : replica.standing();
  }

  /**
   * Returns for how long the replica has known of no leader, in nanoseconds; 0 while it knows one,
   * or does not run.
   *
   * @param forgiven how long less it counts where another one led before, which nats-server would
   *     wait for so long
   */
  long nanosWithoutLeader(long forgiven) {
    if (replica == null || replica.standing().leader() != null) {
      return 0;
    }
    long passed = group.nanoTime() - leaderlessSince;
    return Math.max(0, server.equals(heard) ? passed : passed - forgiven);
  }

  long lag(String peer) {
    return replica == null ? 0 : replica.lag(peer);
  }

  /** Returns whether a majority has the last change of the members. */
  boolean isSettled() {
    return replica != null && state.log().membersIndex() <= replica.committed();
  }

  SortedSet<String> members() {
    return state.log().members();
  }

  /** What the replica runs on from one start to the next. */
  private final class Host implements ReplicaHost<C, S> {
    private final ReplicaMember<C, S> member;
    private final long started;
    private boolean failed;

    private Host(ReplicaMember<C, S> member, long started) {
      this.member = member;
      this.started = started;
    }

    @Override
    public void send(String peer, ReplicaMessage<C, S> message) {
      group.send(server, peer, message);
    }

    @Override
    public boolean hears(String peer) {
      return group.isSeated(peer) && group.reachability().hears(server, peer);
    }

    @Override
    public boolean reaches(String peer) {
      return group.isSeated(peer) && group.reachability().reaches(server, peer);
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
      boolean[] cancelled = {false};
      Runnable unlessCancelled =
          () -> {
            if (!cancelled[0]) {
              task.run();
            }
          };
      Timer timer = group.schedule(delayNanos, () -> whenAwake(started, unlessCancelled));
      return () -> {
        cancelled[0] = true;
        timer.cancel();
      };
    }

    @Override
    public long random(long bound) {
      return (long) (random.nextDouble() * bound);
    }

    @Override
    public void apply(LogEntry<C> entry) {
      if (entry.content() instanceof LogEntry.Command<C> command) {
        tell(() -> member.apply(entry.index(), entry.term(), command.value()));
      }
      if (state.size() > 2 * KEPT) {
        state.compactTo(Math.min(state.applied() - KEPT, member.kept(state.applied())));
      }
    }

    private void tell(Runnable news) {
      if (!failed) {
        try {
          news.run();
        } catch (Throwable failure) {
          failed = true;
          group.failed(GroupSeat.this, failure);
        }
      }
    }

    @Override
    public S snapshot() {
      return member.snapshot();
    }

    @Override
    public void restore(S snapshot) {
      tell(() -> member.restore(snapshot));
    }

    @Override
    public boolean isRestoring() {
      return member.isRestoring();
    }

    @Override
    public void changed(Standing standing) {
      if (standing.leader() != null) {
        heard = standing.leader();
        leaderlessSince = 0;
      } else if (leaderlessSince == 0) {
        leaderlessSince = group.nanoTime();
      }
      tell(() -> member.changed(standing));
    }

    @Override
    public void quorumLost() {
      tell(member::quorumLost);
    }
  }
}
