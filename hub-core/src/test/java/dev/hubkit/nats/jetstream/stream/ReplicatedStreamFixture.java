package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiQueues;
import dev.hubkit.nats.jetstream.api.ApiTable;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.ScopedSubjects;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.runtime.DetectedResources;
import dev.hubkit.nats.jetstream.runtime.ServerUsage;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.runtime.Supervision;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.nats.jetstream.validation.StreamValidator;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.replication.ElectionTimes;
import dev.hubkit.nats.replication.ReplicaGroup;
import dev.hubkit.nats.replication.ServerLinks;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One stream with replicas on several servers that have an account and a directory each, and no
 * network. Everything happens on the thread of the test, in time that only the test moves.
 */
final class ReplicatedStreamFixture implements AutoCloseable {
  static final Duration ELECTION = Duration.ofSeconds(2);
  private static final long MILLISECOND = 1_000_000;
  private static final ElectionTimes TIMES =
      new ElectionTimes(10 * MILLISECOND, 50 * MILLISECOND, 100 * MILLISECOND);

  final ManualTimeSource time = new ManualTimeSource(Instant.parse("2025-01-01T00:00:00Z"));
  final ServerLinks links = new ServerLinks();
  final ReplicaGroup<StreamCommand, StreamReplicaSnapshot> group;
  private final Map<String, Server> servers = new LinkedHashMap<>();
  private final StreamConfig config;
  private final long created;
  private final boolean queued;

  ReplicatedStreamFixture(Path directory, int servers, long seed, StreamConfig config) {
    this(directory, servers, seed, config, false);
  }

  /**
   * Makes a fixture.
   *
   * @param queued whether the streams run on workers, which only {@link Server#work} lets go on
   */
  ReplicatedStreamFixture(
      Path directory, int servers, long seed, StreamConfig config, boolean queued) {
    this.queued = queued;
    this.config = config;
    this.created = time.epochNanos();
    TreeSet<String> names = new TreeSet<>();
    for (int i = 1; i <= servers; i++) {
      names.add("n" + i);
    }
    this.group =
        new ReplicaGroup<>("S", names, TIMES, time, seed, links, new Supervisor("replicas"));
    for (String name : names) {
      Server server = new Server(name, directory.resolve(name));
      this.servers.put(name, server);
      links.started(name);
    }
    this.servers.values().forEach(Server::begin);
    group.elect("n1");
  }

  Server server(String name) {
    return Objects.requireNonNull(servers.get(name));
  }

  List<Server> servers() {
    return List.copyOf(servers.values());
  }

  Server leader() {
    return server(Objects.requireNonNull(group.leader(), "there is no leader"));
  }

  List<Server> followers() {
    return servers.values().stream().filter(each -> each != leader()).toList();
  }

  void advance(Duration by) {
    time.advance(by);
  }

  /** A server with its replica. */
  final class Server {
    final String name;
    final Account account;
    final FaultyFileSystem faults = new FaultyFileSystem();
    final List<String> answers = new ArrayList<>();
    private final AccountJetStream jetStream;
    private StreamFactory factory;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private @Nullable Stream stream;

    private Server(String name, Path directory) {
      this.name = name;
      this.account = new Account("TEST");
      JetStreamOptions options =
          new JetStreamOptions(
              "hub",
              "ID",
              directory,
              "",
              -1,
              -1,
              Map.of("", AccountLimits.NONE),
              queued,
              Duration.ofMinutes(2),
              true,
              JetStreamLimits.DEFAULT,
              ScopedSubjects.NONE,
              false,
              Compatibility.current(),
              null,
              null);
      this.jetStream =
          AccountJetStream.open(
              account,
              options,
              time,
              task -> {
                if (queued) {
                  waiting.add(task);
                } else {
                  task.run();
                }
              },
              new ServerUsage(
                  options.serverLimits(), -1, -1, new DetectedResources(options.storeDirectory())),
              new Supervision(new Supervisor("test"), new Health()),
              ApiTable.router(new ApiQueues(options, time)),
              faults);
      this.factory = jetStream.factory();
      account.subscribe(
          "_INBOX.>",
          null,
          (subscription, message, batch) -> answers.add(message.subject() + " " + message.text()));
      answers.clear();
    }

    private void begin() {
      List<Stream> found = factory.recover();
      Stream opened =
          found.isEmpty()
              ? factory.create(StreamValidator.check(jetStream, config, false), created)
              : found.get(0);
      stream = opened;
      StreamReplica replica = new StreamReplica(opened, group, name);
      opened.start();
      group.start(name, replica);
    }

    Stream stream() {
      return Objects.requireNonNull(stream, "the server does not run");
    }

    StreamStore store() {
      return stream().store();
    }

    boolean runs() {
      return stream != null;
    }

    /** Lets the workers go on; returns whether there was something to do. */
    boolean work() {
      boolean any = !waiting.isEmpty();
      for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
        next.run();
      }
      return any;
    }

    /** Ends the replica in the middle of what it does: only what is in its files stays. */
    void crash() throws IOException {
      Stream ending = stream();
      stream = null;
      links.ended(name);
      group.end(name, config.storage() == StorageType.MEMORY);
      faults.die(false);
      ending.executor().execute(batch -> ending.close());
      work();
      // One whose process has died writes nothing any more.
      factory = new StreamFactory(jetStream, jetStream.directory(), faults);
    }

    /** Ends the replica; its files stay, what it has in memory is lost. */
    void kill() {
      kill(config.storage() == StorageType.MEMORY);
    }

    /** Ends the replica, which loses its files, too. */
    void loseDisk() {
      kill(true);
      factory.recover().forEach(each -> each.deleteQuietly(new WorkBatch()));
    }

    private void kill(boolean losesLog) {
      Stream ending = stream();
      stream = null;
      links.ended(name);
      group.end(name, losesLog);
      ending.executor().execute(batch -> ending.close());
      work();
    }

    void restart() {
      links.started(name);
      begin();
    }

    /** Publishes a message; returns the answer, or an empty text when there is none yet. */
    String publish(String subject, String text, String... headers) {
      int before = answers.size();
      send(subject, "_INBOX.x", text, headers);
      return answers.size() == before
          ? ""
          : answers.get(answers.size() - 1).substring("_INBOX.x ".length());
    }

    /** Publishes a message; returns how many have received it. */
    int send(String subject, @Nullable String reply, String text, String... headers) {
      StringBuilder block = new StringBuilder();
      for (String each : headers) {
        block.append(block.isEmpty() ? "NATS/1.0\r\n" : "").append(each).append("\r\n");
      }
      block.append(block.isEmpty() ? "" : "\r\n");
      WorkBatch batch = new WorkBatch();
      int received =
          account.publish(
              Message.of(
                  subject,
                  reply,
                  block.toString().getBytes(StandardCharsets.UTF_8),
                  text.getBytes(StandardCharsets.UTF_8)),
              batch);
      batch.flush();
      return received;
    }

    /** Returns what is stored: a line for each message, and one for the whole. */
    List<String> contents() {
      List<String> lines = new ArrayList<>();
      for (StoredMessage each = store().next(SubjectFilter.ALL, 1);
          each != null;
          each = store().next(SubjectFilter.ALL, each.sequence() + 1)) {
        lines.add(
            each.sequence()
                + " "
                + each.subject()
                + " "
                + new String(each.header(), StandardCharsets.UTF_8).replace("\r\n", "|")
                + new String(each.payload(), StandardCharsets.UTF_8)
                + " "
                + each.timestamp()
                + " "
                + each.ttl());
      }
      StoreState state = store().state();
      lines.add(
          state.messages() + " from " + state.firstSequence() + " to " + state.lastSequence());
      return lines;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @Override
  public void close() {
    group.close();
    for (Server each : servers.values()) {
      Stream open = each.stream;
      if (open != null) {
        open.executor().execute(batch -> open.close());
        each.work();
      }
      each.jetStream.close();
    }
  }
}
