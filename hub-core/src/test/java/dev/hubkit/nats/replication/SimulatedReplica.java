package dev.hubkit.nats.replication;

import dev.hubkit.time.Timer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A simulated server with its replica: what it applies is a list of numbers. */
final class SimulatedReplica implements ReplicaHost<Long, List<Long>> {
  private final SimulatedGroup group;
  private final String name;
  private final Deque<Runnable> missed = new ArrayDeque<>();
  private final Map<Long, Long> proposedIn = new HashMap<>();
  private List<Long> machine = new ArrayList<>();
  private @Nullable ReplicaState<Long> state;
  private @Nullable Replica<Long, List<Long>> replica;
  private boolean member;
  private boolean running = true;
  private boolean paused;
  private long incarnation;

  SimulatedReplica(SimulatedGroup group, String name) {
    this.group = group;
    this.name = name;
  }

  void found(SortedSet<String> members) {
    state = ReplicaState.founding(members);
    member = true;
  }

  void begin(boolean first) {
    if (member && running && replica == null && state != null) {
      replica = new Replica<>(name, state, this, SimulatedGroup.TIMES);
      replica.start();
      if (first) {
        replica.elect();
      }
    }
  }

  String name() {
    return name;
  }

  long incarnation() {
    return incarnation;
  }

  // ---- What befalls it.

  void kill(boolean losesLog) {
    group.tell("kill " + name + (losesLog ? ", with its log" : ""));
    end();
    running = false;
    if (losesLog && state != null) {
      state.loseLog();
      machine = new ArrayList<>();
    }
    group.linksChanged();
  }

  private void end() {
    if (replica != null) {
      replica.close();
      replica = null;
    }
    incarnation++;
    paused = false;
    missed.clear();
    proposedIn.clear();
  }

  void start() {
    if (!running) {
      group.tell("start " + name);
      running = true;
      begin(false);
      group.restarted(name);
      group.linksChanged();
    }
  }

  void pause() {
    if (running && !paused) {
      group.tell("pause " + name);
      paused = true;
      group.linksChanged();
    }
  }

  void resume() {
    if (paused) {
      group.tell("resume " + name);
      paused = false;
      List<Runnable> tasks = new ArrayList<>(missed);
      missed.clear();
      tasks.forEach(Runnable::run);
      if (replica != null) {
        replica.resumed();
      }
      group.linksChanged();
    }
  }

  void bringBack() {
    start();
    resume();
  }

  /** Joins a group that is there. */
  void join(SortedSet<String> members) {
    group.tell(name + " joins " + members);
    member = true;
    if (state == null) {
      state = ReplicaState.joining(members);
    } else {
      // It may not have heard that it was to leave.
      end();
      machine = new ArrayList<>();
      state.joinAgain(members);
    }
    begin(false);
    group.restarted(name);
  }

  void leaveUnlessIn(SortedSet<String> members) {
    if (member && !members.contains(name)) {
      group.tell(name + " leaves");
      member = false;
      end();
      machine = new ArrayList<>();
      if (state != null) {
        state.loseLog();
      }
    }
  }

  // ---- What the group tells it.

  private boolean isAwake() {
    return replica != null && !paused;
  }

  void linksChanged() {
    if (isAwake()) {
      replica.linksChanged();
    }
  }

  void peerRestarted(String peer) {
    if (isAwake() && !peer.equals(name)) {
      replica.peerRestarted(peer);
    }
  }

  void receive(String from, ReplicaMessage<Long, List<Long>> message) {
    if (paused) {
      missed.add(() -> receive(from, message));
    } else if (replica != null) {
      replica.receive(from, message);
    }
  }

  void propose(long command) {
    if (isAwake()) {
      OptionalLong index = replica.propose(command);
      index.ifPresent(at -> proposedIn.put(at, command));
    }
  }

  void flush() {
    if (isAwake()) {
      replica.flush();
    }
  }

  boolean change(String server) {
    if (!isAwake() || !replica.isLeading()) {
      return false;
    }
    TreeSet<String> members = new TreeSet<>(replica.members());
    TreeSet<String> before = new TreeSet<>(members);
    boolean joins = members.add(server);
    if (!joins) {
      members.remove(server);
    }
    if (!members.isEmpty() && replica.change(members)) {
      group.tell("members " + members);
      if (joins) {
        group.replica(server).join(before);
      }
      return true;
    }
    return false;
  }

  void stepDown() {
    if (isAwake() && replica.isLeading()) {
      group.tell(name + " steps down");
      replica.stepDown(null);
    }
  }

  void compact(long kept) {
    if (isAwake() && state != null) {
      state.compact(kept);
    }
  }

  // ---- What it tells.

  boolean isLeading() {
    return isAwake() && replica.isLeading();
  }

  boolean isRunning() {
    return running;
  }

  boolean isPaused() {
    return paused;
  }

  boolean isWhole() {
    return state != null && state.isWhole();
  }

  long term() {
    return state == null ? 0 : state.term();
  }

  SortedSet<String> members() {
    return replica == null ? new TreeSet<>() : replica.members();
  }

  List<Long> machine() {
    return machine;
  }

  // ---- The host of the replica.

  @Override
  public void send(String peer, ReplicaMessage<Long, List<Long>> message) {
    group.deliver(this, peer, message);
  }

  @Override
  public boolean hears(String peer) {
    SimulatedReplica other = group.replica(peer);
    return other.running && !other.paused && other.replica != null && group.isOpen(peer, name);
  }

  @Override
  public boolean reaches(String peer) {
    SimulatedReplica other = group.replica(peer);
    return other.running && other.replica != null && group.isOpen(name, peer);
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    long started = incarnation;
    boolean[] cancelled = {false};
    Timer timer = group.after(delayNanos, () -> fire(task, started, cancelled));
    return () -> {
      cancelled[0] = true;
      timer.cancel();
    };
  }

  private void fire(Runnable task, long started, boolean[] cancelled) {
    if (started == incarnation && !cancelled[0]) {
      if (paused) {
        missed.add(() -> fire(task, started, cancelled));
      } else {
        task.run();
      }
    }
  }

  @Override
  public long random(long bound) {
    return group.random.nextLong(bound);
  }

  @Override
  public void apply(LogEntry<Long> entry) {
    group.applied(name, entry);
    if (entry.content() instanceof LogEntry.Command<Long> command) {
      machine.add(command.value());
      Long proposed = proposedIn.remove(entry.index());
      // Another leader may have put another entry in its place.
      if (command.value().equals(proposed)) {
        group.acknowledged(entry.index(), command.value());
      }
    } else if (entry.content() instanceof LogEntry.Members<Long> members) {
      proposedIn.remove(entry.index());
      for (SimulatedReplica each : group.replicas()) {
        if (!members.names().contains(each.name)) {
          group.after(
              0,
              () -> {
                SimulatedReplica leader = group.leader();
                if (leader != null) {
                  each.leaveUnlessIn(leader.members());
                  group.linksChanged();
                }
              });
        }
      }
    }
  }

  @Override
  public List<Long> snapshot() {
    return List.copyOf(machine);
  }

  @Override
  public void restore(List<Long> snapshot) {
    machine = new ArrayList<>(snapshot);
  }

  @Override
  public void changed(Standing standing) {
    group.tell(name + " " + standing);
    if (name.equals(standing.leader())) {
      group.leads(name, standing.term());
    }
  }

  @Override
  public void quorumLost() {
    group.tell(name + " has lost the quorum");
  }
}
