package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiQueues;
import dev.hubkit.nats.jetstream.api.ApiTable;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.ScopedSubjects;
import dev.hubkit.nats.jetstream.runtime.AwaitedTasks;
import dev.hubkit.nats.jetstream.runtime.DetectedResources;
import dev.hubkit.nats.jetstream.runtime.ServerUsage;
import dev.hubkit.nats.jetstream.runtime.Supervision;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.SkewedTimeSource;
import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One server of a {@link SimulatedCluster}, with an account, a directory and workers. */
final class SimulatedServer {
  final String name;
  private final SimulatedCluster cluster;
  private final Path directory;
  private final Listener listener;
  private final SkewedTimeSource clock;
  private final FaultyFileSystem faults = new FaultyFileSystem();
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private @Nullable Runnable working;
  private @Nullable Running running;
  private boolean paused;
  private boolean dying;

  /** Is told of what clients get from servers that are alive. */
  @FunctionalInterface
  interface Listener {
    void received(String server, Message message);
  }

  /** What a server is from its start to its end. */
  private static final class Running {
    private final Account account = new Account(SimulatedCluster.ACCOUNT);
    private final JetStreamPeer peer;
    private final AccountJetStream jetStream;
    private boolean reachesClients = true;

    private Running(JetStreamPeer peer, JetStreamOptions options, SimulatedServer server) {
      this.peer = peer;
      ApiQueues queues = new ApiQueues(options, server.clock);
      jetStream =
          AccountJetStream.open(
              account,
              options,
              server.clock,
              server::execute,
              new ServerUsage(
                  options.serverLimits(), -1, -1, new DetectedResources(options.storeDirectory())),
              new Supervision(new Supervisor("test"), new Health()),
              ApiTable.router(queues, peer),
              server.faults,
              peer.account(SimulatedCluster.ACCOUNT));
      peer.opened(jetStream);
      account.subscribe(
          "client.>",
          null,
          (subscription, message, batch) -> {
            if (reachesClients) {
              server.listener.received(server.name, message);
            }
          });
    }
  }

  SimulatedServer(SimulatedCluster cluster, String name, Path directory, Listener listener) {
    this.cluster = cluster;
    this.name = name;
    this.directory = directory;
    this.listener = listener;
    this.clock = new SkewedTimeSource(cluster.time);
  }

  /** Has its clock differ from that of the cluster. */
  void skew(Duration ahead) {
    clock.skew(ahead);
  }

  /** Has it not die as {@link #dieAt} said. */
  void live() {
    faults.heal();
  }

  void start() {
    dying = false;
    JetStreamPeer peer = cluster.jetStream.join(name, List.of(), PlacementRules.NONE, clock);
    peer.describe(name, 1 << 30, 1 << 30);
    JetStreamOptions options =
        new JetStreamOptions(
            "hub",
            name,
            directory,
            "",
            -1,
            -1,
            Map.of("", AccountLimits.NONE),
            false,
            Duration.ofMinutes(2),
            true,
            JetStreamLimits.DEFAULT,
            ScopedSubjects.NONE,
            false,
            Compatibility.current(),
            null,
            null);
    running = new Running(peer, options, this);
    peer.start();
    cluster.work();
  }

  boolean runs() {
    return running != null;
  }

  @Nullable JetStreamPeer peer() {
    return running == null ? null : running.peer;
  }

  private Running present() {
    Running present = running;
    if (present == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return present;
  }

  int publish(Message message, WorkBatch batch) {
    return present().account.publish(message, batch);
  }

  static Message message(String subject, @Nullable String reply, String text, String... headers) {
    StringBuilder block = new StringBuilder();
    for (String each : headers) {
      block.append(block.isEmpty() ? "NATS/1.0\r\n" : "").append(each).append("\r\n");
    }
    block.append(block.isEmpty() ? "" : "\r\n");
    return Message.of(
        subject,
        reply,
        block.toString().getBytes(StandardCharsets.UTF_8),
        text.getBytes(StandardCharsets.UTF_8));
  }

  // ---- Workers.

  // A part of the server that has worked for long lets others go on. How long that is depends on
  // the machine, so here it goes on itself, as when there are no workers any more.
  private void execute(Runnable task) {
    Runnable present = working;
    if (present != null && present.toString().equals(task.toString())) {
      throw new RejectedExecutionException("its turn goes on");
    }
    waiting.add(task);
  }

  /** Does the first thing that waits; returns false when there is none. */
  boolean work() {
    Runnable next = waiting.poll();
    if (next == null) {
      return false;
    }
    working = next;
    try {
      next.run();
    } finally {
      working = null;
    }
    return true;
  }

  boolean hasWork() {
    return !waiting.isEmpty();
  }

  // ---- Faults.

  boolean isPaused() {
    return paused;
  }

  void pause() {
    paused = true;
    cluster.jetStream.links().pause(name);
  }

  void resume() {
    paused = false;
    cluster.jetStream.links().resume(name);
  }

  /** Has the process of the server end at one of the next changes that it makes to its files. */
  void dieAt(int changes) {
    Running ending = present();
    faults.dieAt(
        changes,
        () -> {
          ending.reachesClients = false;
          ending.peer.end(false);
          dying = true;
        });
  }

  /** Ends the server if its process has ended in the middle of what it did. */
  void endIfDying() {
    if (dying && running != null) {
      kill();
    }
  }

  /** Ends the server as a process is killed: what it has not done yet it never does. */
  void kill() {
    Running ending = present();
    end();
    ending.reachesClients = false;
    ending.peer.end(false);
    try {
      faults.die(false);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    closeAll(ending);
  }

  /** Ends the server in order: what it has begun it does. */
  void stop() {
    Running ending = present();
    end();
    ending.peer.end(true);
    workOff();
    ending.reachesClients = false;
    closeAll(ending);
  }

  private void end() {
    running = null;
    paused = false;
    dying = false;
  }

  private void closeAll(Running ending) {
    AwaitedTasks closing = ending.jetStream.beginClose();
    workOff();
    if (!closing.await()) {
      throw new AssertionError(name + " does not end");
    }
    ending.jetStream.endClose();
  }

  private void workOff() {
    while (work()) {}
  }

  /** Takes all from a server that does not run. */
  void loseDisk() throws IOException {
    cluster.jetStream.loseDisk(name);
    faults.lose(directory);
  }

  void close() {
    if (running != null) {
      stop();
    }
  }

  // ---- What it has.

  @Nullable Stream stream(String stream) {
    return running == null ? null : running.jetStream.stream(stream);
  }

  /** Returns the names of the streams that the server has. */
  List<String> streams() {
    return present().jetStream.streams().stream().map(Stream::name).toList();
  }

  /** Returns what is stored in a stream: a line for each message, and one for the whole. */
  static List<String> contents(Stream stream) {
    StreamStore store = stream.store();
    List<String> lines = new ArrayList<>();
    for (StoredMessage each = store.next(SubjectFilter.ALL, 1);
        each != null;
        each = store.next(SubjectFilter.ALL, each.sequence() + 1)) {
      lines.add(
          each.sequence()
              + " "
              + each.subject()
              + " "
              + new String(each.header(), StandardCharsets.UTF_8).replace("\r\n", "|")
              + " "
              + new String(each.payload(), StandardCharsets.UTF_8)
              + " "
              + each.timestamp());
    }
    StoreState state = store.state();
    lines.add(state.messages() + " from " + state.firstSequence() + " to " + state.lastSequence());
    return lines;
  }

  @Override
  public String toString() {
    return name;
  }
}
