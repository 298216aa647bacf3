package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.JetStreamFixture.Inbox;
import dev.hubkit.nats.jetstream.JetStreamFixture.Received;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.consumer.ConsumerCommand;
import dev.hubkit.nats.jetstream.consumer.ConsumerReplica;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.validation.ConsumerValidator;
import dev.hubkit.nats.jetstream.validation.InheritedConsumerLimits;
import dev.hubkit.nats.replication.ElectionTimes;
import dev.hubkit.nats.replication.ReplicaGroup;
import dev.hubkit.nats.replication.ReplicaHost;
import dev.hubkit.nats.replication.ReplicaMember;
import dev.hubkit.nats.replication.ServerLinks;
import dev.hubkit.time.ManualTimeSource;
import dev.hubkit.work.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A consumer with replicas on several servers, in frozen time and without a network. Each server
 * has a stream of the same messages, which is not replicated; a client is connected to all.
 */
final class ReplicatedConsumerFixture implements AutoCloseable {
  static final Duration ELECTION = Duration.ofMillis(200);
  private static final long MILLISECOND = 1_000_000;
  private static final ElectionTimes TIMES =
      new ElectionTimes(10 * MILLISECOND, 50 * MILLISECOND, 5000 * MILLISECOND);

  final ManualTimeSource time = new ManualTimeSource(Instant.parse("2025-01-01T00:00:00Z"));
  final ServerLinks links = new ServerLinks();
  final List<String> story = new ArrayList<>();
  private final Map<String, JetStreamFixture> servers = new TreeMap<>();
  private final Map<String, Consumer> consumers = new LinkedHashMap<>();
  private final List<Inbox> inboxes = new ArrayList<>();
  private final Map<String, List<Received>> received = new LinkedHashMap<>();
  private final List<String> published = new ArrayList<>();
  private final Set<String> paused = new TreeSet<>();
  private final Path directory;
  private final String streamFields;
  private final long created = time.epochNanos();
  private int starts;
  private @Nullable ReplicaGroup<ConsumerCommand, ConsumerSnapshot> group;
  private String config = "";
  private @Nullable Runnable firstRequest;

  ReplicatedConsumerFixture(Path directory, int count, String streamFields) {
    this.directory = directory;
    this.streamFields = streamFields;
    for (int i = 1; i <= count; i++) {
      startServer("n" + i);
    }
  }

  private void startServer(String name) {
    JetStreamFixture server = new JetStreamFixture(directory.resolve(name + "-" + ++starts), time);
    server.stream("S", "\"subjects\":[\"s.>\"]" + streamFields);
    published.forEach(text -> server.publish("s.a", text));
    servers.put(name, server);
    received.keySet().forEach(subject -> listen(server, subject));
    links.started(name);
  }

  // --- the consumer ---

  /** Makes the consumer C on all servers; it is led by the first. */
  void consumer(String fields, long seed) {
    config = "{\"durable_name\":\"C\"," + fields + "}";
    group =
        new ReplicaGroup<>(
            "C",
            new TreeSet<>(servers.keySet()),
            TIMES,
            time,
            seed,
            links,
            new Supervisor("consumers"));
    servers.keySet().forEach(this::startReplica);
    group().elect("n1");
  }

  void consumer(String fields) {
    consumer(fields, 1);
  }

  ReplicaGroup<ConsumerCommand, ConsumerSnapshot> group() {
    ReplicaGroup<ConsumerCommand, ConsumerSnapshot> made = group;
    if (made == null) {
      throw new IllegalStateException("there is no consumer yet");
    }
    return made;
  }

  private void startReplica(String name) {
    Stream stream = server(name).stream("S");
    stream
        .executor()
        .execute(
            batch -> {
              ConsumerConfig asked = ConsumerConfig.parse(Json.parseObject(config));
              ConsumerConfig accepted =
                  new ConsumerValidator(
                          stream.config(),
                          InheritedConsumerLimits.of(stream.jetStream(), stream.config()))
                      .accept(asked, false);
              Consumer consumer = stream.consumers().assign(accepted, "C", created, batch);
              consumers.put(name, consumer);
            });
    ConsumerReplica replica =
        new ConsumerReplica(consumers.get(name), group(), name, new StoryTeller(name));
    Runnable request = firstRequest;
    group().start(name, request == null ? replica : new Interrupted(replica, request));
  }

  /** Has something happen each time between a change of leaders and what the group does after. */
  void afterElections(Runnable request) {
    firstRequest = request;
  }

  /** A replica on a server to which a client comes as soon as it can be seen who leads. */
  private final class Interrupted implements ReplicaMember<ConsumerCommand, ConsumerSnapshot> {
    private final ConsumerReplica replica;
    private final Runnable request;

    Interrupted(ConsumerReplica replica, Runnable request) {
      this.replica = replica;
      this.request = request;
    }

    @Override
    public void apply(long index, long term, ConsumerCommand command) {
      replica.apply(index, term, command);
    }

    @Override
    public ConsumerSnapshot snapshot() {
      return replica.snapshot();
    }

    @Override
    public void restore(ConsumerSnapshot snapshot) {
      replica.restore(snapshot);
    }

    @Override
    public void changed(ReplicaHost.Standing standing) {
      group().afterwards(request);
      replica.changed(standing);
    }

    @Override
    public void quorumLost() {
      replica.quorumLost();
    }
  }

  private final class StoryTeller implements ConsumerReplica.Listener {
    private final String name;

    StoryTeller(String name) {
      this.name = name;
    }

    @Override
    public void leads(Consumer consumer, long term, WorkBatch batch) {
      story.add(name + " leads");
    }

    @Override
    public void inactive(Consumer consumer, WorkBatch batch) {
      story.add(name + " says that nobody uses it");
    }

    @Override
    public void quorumLost(Consumer consumer) {
      story.add(name + " reaches no majority");
    }
  }

  /** Ends a server that keeps nothing. */
  void kill(String name) {
    group().end(name, true);
    links.ended(name);
    server(name).end();
    servers.remove(name);
    consumers.remove(name);
  }

  /** Starts a server that was killed, with the messages of the stream. */
  void restart(String name) {
    startServer(name);
    startReplica(name);
  }

  /** Has a server stand still: it takes nothing from clients, nor from others. */
  void pause(String name) {
    paused.add(name);
    links.pause(name);
  }

  /** Lets all servers go on that stand still. */
  void resume() {
    paused.forEach(links::resume);
    paused.clear();
  }

  boolean isPaused(String name) {
    return paused.contains(name);
  }

  Consumer replica(String name) {
    return consumers.get(name);
  }

  JetStreamFixture server(String name) {
    JetStreamFixture server = servers.get(name);
    if (server == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return server;
  }

  /** Returns the names of the servers that run. */
  List<String> running() {
    return List.copyOf(servers.keySet());
  }

  /** Returns the server whose consumer serves clients. */
  String leader() {
    List<String> serving =
        consumers.entrySet().stream()
            .filter(each -> each.getValue().isServing())
            .map(Map.Entry::getKey)
            .toList();
    assertThat(serving).as("servers that serve clients").hasSize(1);
    return serving.get(0);
  }

  /** Has the leader step down, and returns the next one. */
  String changeLeader() {
    String before = leader();
    group().stepDown(null);
    time.advance(ELECTION);
    assertThat(leader()).isNotEqualTo(before);
    return leader();
  }

  JsonObject info() {
    return server(leader()).info("S", "C");
  }

  /** Cuts a server off from all others, or joins it again. */
  void isolate(String name) {
    for (String other : servers.keySet()) {
      if (!other.equals(name)) {
        links.cut(name, other);
        links.cut(other, name);
      }
    }
  }

  /** Checks that all replicas have the same state. */
  void requireEqualReplicas() {
    List<ConsumerSnapshot> states =
        consumers.values().stream().map(each -> ConsumerSnapshot.of(each.state())).toList();
    assertThat(states).as("states of the replicas").containsOnly(states.get(0));
  }

  // --- the client ---

  void publish(String text) {
    published.add(text);
    servers.values().forEach(server -> server.publish("s.a", text));
  }

  /** Returns the messages of the stream, from the first on. */
  List<String> published() {
    return published;
  }

  /** Sends a message to all servers, of which at most one takes it. */
  void send(String subject, @Nullable String reply, String text) {
    servers.forEach(
        (name, server) -> {
          if (!paused.contains(name)) {
            server.publish(subject, reply, text);
          }
        });
  }

  void pull(String request) {
    send("$JS.API.CONSUMER.MSG.NEXT.S.C", "in", request);
  }

  void ack(Received message, @Nullable String reply, String text) {
    send(String.valueOf(message.reply()), reply, text);
  }

  /** Begins to listen to a subject. */
  void listen(String subject) {
    received.put(subject, new ArrayList<>());
    servers.values().forEach(server -> listen(server, subject));
  }

  private void listen(JetStreamFixture server, String subject) {
    inboxes.add(server.inbox(subject, received.get(subject)));
  }

  /** Returns what has come to a subject since the last call. */
  List<Received> take(String subject) {
    List<Received> all = received.get(subject);
    List<Received> taken = List.copyOf(all);
    all.clear();
    return taken;
  }

  /** Returns the payloads, or statuses, of what has come since the last call. */
  List<String> texts(String subject) {
    return take(subject).stream()
        .map(each -> each.status().isEmpty() ? each.payload() : each.status())
        .toList();
  }

  /** Ends everything. */
  void end() {
    if (group != null) {
      group.close();
    }
    inboxes.forEach(Inbox::close);
    servers.values().forEach(JetStreamFixture::end);
  }

  @Override
  public void close() {
    end();
    assertThat(time.pendingTimers()).as("timers left behind").isZero();
  }
}
