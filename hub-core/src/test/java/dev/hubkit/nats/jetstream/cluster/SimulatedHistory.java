package dev.hubkit.nats.jetstream.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.replication.ReplicaGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** What happens to the servers and clients of one {@link ClusterSimulationTest}. */
final class SimulatedHistory implements AutoCloseable {
  private static final String STREAM = SimulatedClients.STREAM;
  private static final int ACTIONS = 60;
  private static final long QUIET = Duration.ofMillis(30).toNanos();
  private static final int SETTLING_ROUNDS = 40;
  private static final int READING_ROUNDS = 60;

  private final Random choice;
  private final List<String> story = new ArrayList<>();
  private final SimulatedCluster cluster;
  private final SimulatedClients clients;
  private final boolean queue;
  // The servers that have lost what they had, and have not got it again.
  private final Set<String> damaged = new TreeSet<>();
  // When links or servers have changed last.
  private long disturbed;
  private boolean slowLinks;
  private int replicas;

  SimulatedHistory(Path directory, long seed) {
    choice = new Random(~seed);
    clients = new SimulatedClients(choice, story);
    int servers = choice.nextInt(4) == 0 ? 5 : 3;
    cluster = new SimulatedCluster(directory, servers, seed, choice, clients::received);
    if (choice.nextInt(4) == 0) {
      cluster
          .servers()
          .forEach(each -> each.skew(Duration.ofMillis(choice.nextInt(4_000) - 2_000)));
    }
    replicas = servers == 5 && choice.nextBoolean() ? 5 : 3;
    queue = choice.nextInt(3) == 0;
    begin(choice.nextInt(3) == 0 ? "file" : "memory");
  }

  private void begin(String storage) {
    request("STREAM.CREATE." + STREAM, streamConfig(storage, replicas));
    consumer("C1", choice.nextInt(3) == 0 && !queue);
    if (!queue && choice.nextBoolean()) {
      consumer("C2", choice.nextInt(3) == 0);
    }
    cluster.slow(choice.nextBoolean());
  }

  private String streamConfig(String storage, int count) {
    return "{\"name\":\"S\",\"subjects\":[\"s.>\"],\"storage\":\""
        + storage
        + "\",\"num_replicas\":"
        + count
        + (queue ? ",\"retention\":\"workqueue\"" : "")
        + ",\"duplicate_window\":60000000000}";
  }

  private void consumer(String name, boolean all) {
    clients.read(name, all);
    request(
        "CONSUMER.CREATE." + STREAM + "." + name,
        "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\""
            + name
            + "\",\"ack_policy\":\""
            + (all ? "all" : "explicit")
            + "\",\"ack_wait\":2000000000,\"max_waiting\":20}}");
  }

  private void request(String what, String json) {
    tell(what + " " + json);
    String reply = clients.ask(cluster, what, json);
    advance(100);
    assertThat(clients.answer(reply).object("error")).as("answer to %s", what).isNull();
  }

  SimulatedClients clients() {
    return clients;
  }

  private void disturb(String what) {
    disturbed = cluster.time.nanoTime();
    tell(what);
  }

  private void tell(String what) {
    story.add(cluster.time.nanoTime() / 1_000_000 + " " + what);
  }

  String story() {
    return String.join("\n", story) + "\n" + cluster.describe(STREAM);
  }

  // ---- What happens.

  void run() throws IOException {
    for (int i = 0; i < ACTIONS; i++) {
      act();
      clients.look(cluster);
      advance(choice.nextInt(choice.nextInt(6) == 0 ? 1500 : 40));
      clients.look(cluster);
    }
    heal();
    check();
  }

  private void advance(long millis) {
    cluster.advance(Duration.ofMillis(millis));
  }

  private void act() throws IOException {
    List<SimulatedServer> all = cluster.servers();
    SimulatedServer one = all.get(choice.nextInt(all.size()));
    SimulatedServer other = all.get(choice.nextInt(all.size()));
    SimulatedClients.Reader reader =
        clients.readers().get(choice.nextInt(clients.readers().size()));
    switch (choice.nextInt(36)) {
      case 0 -> end(one, true);
      case 1 -> end(leader(), true);
      case 2 -> end(one, false);
      case 3 -> loseDisk(choice.nextBoolean() ? leader() : one);
      case 4 -> pause(one);
      case 5 -> resumeAll();
      case 6 -> cut(one, other);
      case 7 -> isolate(one);
      case 8, 9 -> healLinks();
      case 10 -> slowLinks(choice.nextInt(20));
      case 11 -> slowLinks(0);
      case 12 -> stepDown();
      case 13 -> scale();
      case 14, 15, 16 -> restart(one);
      case 17 -> slowWorkers();
      case 18, 19 -> dieAt(choice.nextBoolean() ? leader() : one);
      case 20, 21, 22, 34, 35 -> publish();
      case 23, 24, 25, 26 -> clients.pull(cluster, reader, 1 + choice.nextInt(4));
      default -> clients.settle(cluster, reader);
    }
  }

  private void publish() {
    int count = choice.nextInt(30) == 0 ? 300 : 1 + choice.nextInt(4);
    for (int i = 0; i < count; i++) {
      clients.publish(cluster);
    }
  }

  private SimulatedServer leader() {
    StreamAssignment assigned = cluster.assignment(STREAM);
    ReplicaGroup<?, ?> group = assigned == null ? null : cluster.group(assigned.group());
    String leader = group == null ? null : group.leader();
    return leader == null ? cluster.servers().get(0) : cluster.server(leader);
  }

  private void end(SimulatedServer server, boolean kill) {
    boolean loses = cluster.isInMemory(STREAM);
    if (!server.runs() || (loses && !mayLose(server))) {
      return;
    }
    disturb((kill ? "kill " : "stop ") + server);
    if (kill) {
      server.kill();
    } else {
      server.stop();
    }
    if (loses) {
      damaged.add(server.name);
    }
  }

  private void dieAt(SimulatedServer server) {
    if (server.runs() && !cluster.isInMemory(STREAM)) {
      int changes = 1 + choice.nextInt(12);
      disturb(server + " dies at change " + changes + " of its files");
      server.dieAt(changes);
    }
  }

  private void loseDisk(SimulatedServer server) throws IOException {
    if (!server.runs() || !mayLose(server)) {
      return;
    }
    disturb("kill " + server + ", which loses its disk");
    server.kill();
    server.loseDisk();
    damaged.add(server.name);
  }

  // What one server has alone is lost with it, and what two have if both lose it. All that was
  // acknowledged a majority has: one may lose it at any time, if all others have what they had.
  private boolean mayLose(SimulatedServer server) {
    damaged.removeIf(this::isWhole);
    StreamAssignment assigned = cluster.assignment(STREAM);
    if (assigned == null || !(damaged.isEmpty() || damaged.equals(Set.of(server.name)))) {
      return false;
    }
    List<RaftGroup> rafts = new ArrayList<>(List.of(assigned.group()));
    assigned.consumers().values().forEach(each -> rafts.add(each.group()));
    for (RaftGroup raft : rafts) {
      ReplicaGroup<?, ?> group = cluster.group(raft);
      // Those that come and go are no members yet, or not any more.
      if (group == null
          || group.leader() == null
          || raft.peers().size() < 3
          || !group.members().equals(new TreeSet<>(raft.peers()))) {
        return false;
      }
    }
    return true;
  }

  // What a leader knows of a server may be from before a kill, until they have talked again.
  private boolean isWhole(String server) {
    return cluster.server(server).runs()
        && !slowLinks
        && cluster.time.nanoTime() - disturbed > QUIET
        && cluster.groups(STREAM).stream().allMatch(each -> isWhole(server, each));
  }

  private boolean isWhole(String server, ReplicaGroup<?, ?> group) {
    String leader = group.leader();
    return leader != null
        && (!group.members().contains(server)
            || (cluster.jetStream.links().areLinked(leader, server) && group.lag(server) == 0));
  }

  private void restart(SimulatedServer server) {
    if (!server.runs()) {
      disturb("restart " + server);
      server.start();
    }
  }

  private void pause(SimulatedServer server) {
    if (server.runs()) {
      disturb("pause " + server);
      server.pause();
    }
  }

  private void resumeAll() {
    disturb("resume");
    cluster.running().forEach(SimulatedServer::resume);
    cluster.work();
  }

  private void cut(SimulatedServer from, SimulatedServer to) {
    if (from != to) {
      disturb("cut " + from + " to " + to);
      cluster.jetStream.links().cut(from.name, to.name);
    }
  }

  private void isolate(SimulatedServer server) {
    for (SimulatedServer each : cluster.servers()) {
      cut(server, each);
      cut(each, server);
    }
  }

  private void healLinks() {
    disturb("heal");
    cluster.jetStream.links().heal();
    cluster.work();
  }

  private void slowLinks(long millis) {
    disturb("slow links " + millis);
    slowLinks = millis > 0;
    for (SimulatedServer from : cluster.servers()) {
      for (SimulatedServer to : cluster.servers()) {
        if (from != to) {
          cluster.jetStream.links().delay(from.name, to.name, Duration.ofMillis(millis).toNanos());
        }
      }
    }
  }

  private void slowWorkers() {
    boolean slow = !cluster.isSlow();
    tell((slow ? "slow" : "quick") + " workers");
    cluster.slow(slow);
    cluster.work();
  }

  private void stepDown() {
    String what =
        switch (choice.nextInt(3)) {
          case 0 -> "META.LEADER.STEPDOWN";
          case 1 -> "STREAM.LEADER.STEPDOWN." + STREAM;
          default -> "CONSUMER.LEADER.STEPDOWN." + STREAM + ".C1";
        };
    tell(what);
    if (what.startsWith("META")) {
      cluster.jetStream.meta().stepDown(null);
    } else {
      clients.ask(cluster, what, "");
    }
  }

  private void scale() {
    boolean inMemory = cluster.isInMemory(STREAM);
    int count = 1 + choice.nextInt(cluster.servers().size());
    tell("scale to " + count);
    clients.ask(
        cluster, "STREAM.UPDATE." + STREAM, streamConfig(inMemory ? "memory" : "file", count));
  }

  // ---- What must be.

  private void heal() {
    tell("all is well");
    cluster.servers().forEach(SimulatedServer::live);
    cluster.slow(false);
    slowLinks(0);
    healLinks();
    resumeAll();
    cluster.servers().forEach(this::restart);
    settle();
  }

  private void settle() {
    for (int i = 0; i < SETTLING_ROUNDS; i++) {
      advance(50);
      clients.look(cluster);
    }
  }

  private void check() {
    clients.publishMarker(cluster);
    int marker = clients.published();
    settle();
    assertThat(clients.isAcknowledged(marker)).as("it goes on").isTrue();
    StreamAssignment assigned = Objects.requireNonNull(cluster.assignment(STREAM));
    List<String> contents = checkEqual(assigned);
    clients.checkStored(contents, queue);
    String whole = contents.get(contents.size() - 1);
    long last = Long.parseLong(whole.substring(whole.lastIndexOf(' ') + 1));
    for (SimulatedClients.Reader reader : clients.readers()) {
      readAll(reader, assigned, last);
    }
    checkEqual(assigned);
  }

  private List<String> checkEqual(StreamAssignment assigned) {
    SimulatedServer leader = cluster.leader(assigned.group());
    Stream leading = Objects.requireNonNull(leader.stream(STREAM));
    List<String> expected = SimulatedServer.contents(leading);
    for (SimulatedServer each : cluster.servers()) {
      assertThat(each.streams())
          .as("streams of %s, for %s", each, assigned.group())
          .isEqualTo(assigned.group().has(each.name) ? List.of(STREAM) : List.of());
      Stream stream = each.stream(STREAM);
      if (stream != null) {
        assertThat(SimulatedServer.contents(stream)).as("contents of %s", each).isEqualTo(expected);
        assertThat(stream.config()).isEqualTo(leading.config());
      }
    }
    assigned.consumers().values().forEach(this::checkEqual);
    return expected;
  }

  private void checkEqual(ConsumerAssignment assigned) {
    ConsumerSnapshot expected = null;
    for (String each : assigned.group().peers()) {
      Consumer consumer = consumer(cluster.server(each), assigned.name());
      ConsumerSnapshot state = ConsumerSnapshot.of(consumer.state());
      expected = expected == null ? state : expected;
      assertThat(state).as("%s on %s", assigned.name(), each).isEqualTo(expected);
    }
  }

  private static Consumer consumer(SimulatedServer server, String name) {
    Stream stream = Objects.requireNonNull(server.stream(STREAM), server + " has no stream");
    return Objects.requireNonNull(
        stream.consumers().get(name), server + " has no consumer " + name);
  }

  private void readAll(SimulatedClients.Reader reader, StreamAssignment assigned, long last) {
    RaftGroup raft =
        Objects.requireNonNull(assigned.consumers().get(reader.consumer), reader.consumer).group();
    for (int i = 0; i < READING_ROUNDS; i++) {
      Consumer leading = consumer(cluster.leader(raft), reader.consumer);
      if (leading.state().floorStream() >= last) {
        break;
      }
      clients.pull(cluster, reader, 100);
      clients.settleAll(cluster, reader);
      advance(700);
      clients.look(cluster);
    }
    clients.checkRead(reader, consumer(cluster.leader(raft), reader.consumer), last);
  }

  @Override
  public void close() {
    cluster.close();
  }
}
