package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.replication.ReplicaGroup;
import dev.hubkit.time.ManualTimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * JetStream of all servers of a cluster, whole, but for the network: clients are connected to each
 * server. Everything happens on the thread of the test, in time that only the test moves, so the
 * same seed gives the same history.
 */
final class SimulatedCluster implements AutoCloseable {
  static final String ACCOUNT = "TEST";
  private static final Duration STEP = Duration.ofMillis(7);
  private static final int MOST_WORK = 100_000;

  final ManualTimeSource time = new ManualTimeSource(Instant.parse("2025-01-01T00:00:00Z"));
  final JetStreamCluster jetStream;
  private final List<SimulatedServer> servers = new ArrayList<>();
  private final Random choice;
  private boolean slow;

  /**
   * Starts all servers.
   *
   * @param listener is told of what clients get
   * @param choice decides whose workers go on
   */
  SimulatedCluster(
      Path directory, int count, long seed, Random choice, SimulatedServer.Listener listener) {
    this.choice = choice;
    TreeSet<String> names = new TreeSet<>();
    for (int i = 1; i <= count; i++) {
      names.add("n" + i);
    }
    jetStream = new JetStreamCluster("hub", names, seed, JetStreamCluster.ELECTIONS, time);
    for (String name : names) {
      servers.add(new SimulatedServer(this, name, directory.resolve(name), listener));
    }
    servers.forEach(SimulatedServer::start);
    jetStream.begin();
    advance(Duration.ofMillis(100));
  }

  List<SimulatedServer> servers() {
    return servers;
  }

  SimulatedServer server(String name) {
    return servers.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
  }

  List<SimulatedServer> running() {
    return servers.stream().filter(SimulatedServer::runs).toList();
  }

  // ---- Work and time.

  /** Has the workers of servers lag behind what they have to do from now on, or not any more. */
  void slow(boolean on) {
    slow = on;
  }

  boolean isSlow() {
    return slow;
  }

  /** Lets all workers go on until there is nothing left to do. */
  void workAll() {
    for (int done = 0; workOnce(); done++) {
      if (done > MOST_WORK) {
        throw new AssertionError("The servers find no end");
      }
    }
  }

  private boolean workOnce() {
    boolean any = false;
    for (SimulatedServer each : servers) {
      any |= each.work();
      each.endIfDying();
    }
    return any;
  }

  // Slow workers leave much half done, and do the rest later.
  void work() {
    servers.forEach(SimulatedServer::endIfDying);
    if (!slow) {
      workAll();
      return;
    }
    for (SimulatedServer each : servers) {
      int tasks = choice.nextInt(4) == 0 ? 1 + choice.nextInt(6) : 0;
      for (int i = 0; i < tasks && each.work(); i++) {
        each.endIfDying();
      }
    }
  }

  void advance(Duration by) {
    Duration rest = by;
    while (rest.compareTo(STEP) > 0) {
      time.advance(STEP);
      work();
      rest = rest.minus(STEP);
    }
    time.advance(rest);
    work();
  }

  // ---- What the servers have.

  /** Returns who is to have a stream, as the server knows that has heard most. */
  @Nullable StreamAssignment assignment(String stream) {
    JetStreamPeer best = null;
    for (SimulatedServer each : servers) {
      JetStreamPeer peer = each.peer();
      if (peer != null && (best == null || peer.changes() > best.changes())) {
        best = peer;
      }
    }
    return best == null ? null : best.assignments().stream(ACCOUNT, stream);
  }

  /** Returns the group of what is assigned; null before it was made. */
  @Nullable ReplicaGroup<?, ?> group(RaftGroup raft) {
    return jetStream.groups().find(raft);
  }

  /** Returns the groups of a stream and of its consumers, and that of all servers. */
  List<ReplicaGroup<?, ?>> groups(String stream) {
    List<ReplicaGroup<?, ?>> groups = new ArrayList<>();
    groups.add(jetStream.meta());
    StreamAssignment assigned = assignment(stream);
    if (assigned != null) {
      add(assigned.group(), groups);
      assigned.consumers().values().forEach(each -> add(each.group(), groups));
    }
    return groups;
  }

  private void add(RaftGroup raft, List<ReplicaGroup<?, ?>> groups) {
    ReplicaGroup<?, ?> group = group(raft);
    if (group != null) {
      groups.add(group);
    }
  }

  /** Returns whether a stream or one of its consumers is in memory. */
  boolean isInMemory(String stream) {
    StreamAssignment assigned = assignment(stream);
    return assigned != null && assigned.config().storage() == StorageType.MEMORY;
  }

  /** Tells how it stands, for the story of a failure. */
  String describe(String stream) {
    StringBuilder text = new StringBuilder();
    StreamAssignment assigned = assignment(stream);
    List<RaftGroup> rafts = new ArrayList<>();
    if (assigned != null) {
      rafts.add(assigned.group());
      assigned.consumers().values().forEach(each -> rafts.add(each.group()));
    }
    for (RaftGroup raft : rafts) {
      ReplicaGroup<?, ?> group = group(raft);
      text.append(raft.name()).append(" is to be on ").append(raft.peers());
      if (group != null) {
        text.append(", is on ").append(group.members());
        for (SimulatedServer each : servers) {
          text.append("; ").append(each).append(": ").append(group.standing(each.name));
        }
      }
      text.append('\n');
    }
    for (SimulatedServer each : servers) {
      text.append(each).append(each.runs() ? " has " + each.streams() : " does not run");
      text.append('\n');
    }
    return text.toString();
  }

  // ---- What clients send.

  /** Sends a message to each server that takes it; returns how many have a subscription for it. */
  int send(String subject, @Nullable String reply, String text, String... headers) {
    int received = 0;
    for (SimulatedServer each : servers) {
      if (each.runs() && !each.isPaused()) {
        WorkBatch batch = new WorkBatch();
        received += each.publish(SimulatedServer.message(subject, reply, text, headers), batch);
        batch.flush();
      }
    }
    work();
    return received;
  }

  /** Sends a request to the API of JetStream. */
  void request(String what, String reply, String json) {
    send("$JS.API." + what, reply, json);
  }

  SimulatedServer leader(RaftGroup raft) {
    ReplicaGroup<?, ?> group = Objects.requireNonNull(group(raft), "there is no group");
    return server(Objects.requireNonNull(group.leader(), "nobody leads " + raft.name()));
  }

  @Override
  public void close() {
    slow = false;
    servers.forEach(SimulatedServer::close);
    jetStream.close();
  }
}
