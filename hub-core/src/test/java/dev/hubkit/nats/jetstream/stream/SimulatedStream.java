package dev.hubkit.nats.jetstream.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.DiscardPolicy;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamConfigBuilder;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.stream.ReplicatedStreamFixture.Server;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A stream with replicas to which random things happen, and what its publishers know of it. */
final class SimulatedStream implements AutoCloseable {
  private static final int SETTLING_ROUNDS = 60;

  private final ReplicatedStreamFixture cluster;
  private final Random choice;
  private final StorageType storage;
  private final boolean removes;
  private final Map<Long, String> acknowledged = new HashMap<>();
  private final TreeSet<Integer> unanswered = new TreeSet<>();
  private final List<String> story = new ArrayList<>();
  private int published;
  private long changed;
  private boolean cut;
  private boolean paused;
  private boolean slow;

  SimulatedStream(Path directory, long seed, Random choice) {
    this.choice = choice;
    storage = choice.nextInt(3) == 0 ? StorageType.FILE : StorageType.MEMORY;
    removes = choice.nextBoolean();
    int servers = choice.nextInt(4) == 0 ? 5 : 3;
    boolean queued = storage == StorageType.FILE && choice.nextBoolean();
    StreamConfig config = config(servers);
    tell(servers + " servers, " + (queued ? "queued, " : "") + config);
    cluster = new ReplicatedStreamFixture(directory, servers, seed, config, queued);
  }

  private StreamConfig config(int servers) {
    StreamConfigBuilder config =
        StreamConfig.parse(Json.parseObject("{\"name\":\"S\",\"subjects\":[\"s.>\"]}")).toBuilder()
            .storage(storage)
            .replicas(servers)
            .duplicateWindow(Duration.ofSeconds(30).toNanos());
    if (removes) {
      config.allowMessageTtl(true).allowRollup(true);
      if (choice.nextBoolean()) {
        config.maxMessages(1 + choice.nextInt(20));
      }
      if (choice.nextBoolean()) {
        config.maxMessagesPerSubject(1 + choice.nextInt(3));
      }
      if (choice.nextInt(3) == 0) {
        config.maxBytes(400 + choice.nextInt(2_000));
      }
      if (choice.nextInt(3) == 0) {
        config.discard(DiscardPolicy.NEW);
      }
      if (choice.nextInt(3) == 0) {
        long age = Duration.ofMillis(200 + choice.nextInt(800)).toNanos();
        config.maxAge(age).duplicateWindow(age);
      }
      if (choice.nextInt(3) == 0) {
        config.subjectDeleteMarkerTtl(Duration.ofSeconds(1).toNanos());
      }
    }
    return config.build();
  }

  private void tell(String what) {
    story.add(what);
  }

  String story() {
    return String.join("\n", story);
  }

  long acknowledgedCount() {
    return acknowledged.size();
  }

  // ---- What happens.

  void act() throws IOException {
    advance(choice.nextInt(30));
    List<Server> all = cluster.servers();
    Server one = all.get(choice.nextInt(all.size()));
    Server other = all.get(choice.nextInt(all.size()));
    switch (choice.nextInt(24)) {
      case 0 -> kill(one);
      case 1 -> {
        String leader = cluster.group.leader();
        if (leader != null) {
          kill(cluster.server(leader));
        }
      }
      case 2 -> loseDisk(one);
      case 3 -> pause(one);
      case 4 -> resume();
      case 5 -> cut(one, other);
      case 6 -> isolate(one);
      case 7, 8 -> heal();
      case 9 -> slow(choice.nextInt(20));
      case 10 -> slow(0);
      case 11 -> stepDown();
      case 12, 13 -> change(one);
      case 14, 15, 16 -> restart(one);
      default -> all.forEach(this::publish);
    }
    // Workers that are slow leave states half taken over.
    switch (choice.nextInt(4)) {
      case 0 -> one.work();
      case 1 -> workAll();
      default -> {}
    }
    listen();
  }

  private void advance(long millis) {
    cluster.advance(Duration.ofMillis(millis));
  }

  private boolean workAll() {
    boolean any = false;
    for (Server each : cluster.servers()) {
      any |= each.work();
    }
    return any;
  }

  private void kill(Server server) throws IOException {
    // What is in memory is lost, which a majority must survive.
    if (server.runs() && (storage == StorageType.FILE || isWell())) {
      boolean crashes = choice.nextBoolean();
      tell((crashes ? "crash " : "kill ") + server);
      if (crashes) {
        server.crash();
      } else {
        server.kill();
      }
    }
  }

  private void loseDisk(Server server) {
    if (isWell()) {
      tell("lose the disk of " + server);
      server.loseDisk();
    }
  }

  private boolean isWell() {
    if (cut || paused || slow || cluster.group.leader() == null) {
      return false;
    }
    workAll();
    List<String> expected = null;
    for (Server each : cluster.servers()) {
      if (!each.runs() || cluster.group.lag(each.name) != 0) {
        return false;
      }
      List<String> contents = each.contents();
      if (expected != null && !contents.equals(expected)) {
        return false;
      }
      expected = contents;
    }
    return true;
  }

  private void restart(Server server) {
    if (!server.runs()) {
      tell("restart " + server);
      server.restart();
    }
  }

  private void pause(Server server) {
    if (server.runs()) {
      tell("pause " + server);
      paused = true;
      cluster.links.pause(server.name);
    }
  }

  private void resume() {
    tell("resume");
    paused = false;
    for (Server each : cluster.servers()) {
      if (each.runs()) {
        cluster.links.resume(each.name);
      }
    }
  }

  private void cut(Server from, Server to) {
    if (from != to) {
      tell("cut " + from + " to " + to);
      cut = true;
      cluster.links.cut(from.name, to.name);
    }
  }

  private void isolate(Server server) {
    for (Server each : cluster.servers()) {
      cut(server, each);
      cut(each, server);
    }
  }

  private void heal() {
    tell("heal");
    cut = false;
    cluster.links.heal();
  }

  private void slow(long millis) {
    tell("slow " + millis);
    slow = millis > 0;
    for (Server from : cluster.servers()) {
      for (Server to : cluster.servers()) {
        if (from != to) {
          cluster.links.delay(from.name, to.name, Duration.ofMillis(millis).toNanos());
        }
      }
    }
  }

  private void stepDown() {
    tell("step down");
    cluster.group.stepDown(null);
  }

  private void publish(Server server) {
    for (int i = choice.nextInt(4); i > 0; i--) {
      boolean again = !unanswered.isEmpty() && choice.nextInt(3) == 0;
      int id = again ? unanswered.first() : ++published;
      List<String> headers = new ArrayList<>();
      headers.add("Nats-Msg-Id: " + id);
      if (choice.nextInt(6) == 0) {
        headers.add("Nats-Expected-Last-Sequence: " + choice.nextInt(1 + published));
      }
      if (removes && choice.nextInt(6) == 0) {
        headers.add("Nats-TTL: " + (1 + choice.nextInt(2)) + "s");
      }
      if (removes && choice.nextInt(10) == 0) {
        headers.add("Nats-Rollup: sub");
      }
      String subject = "s." + id % 5;
      if (server.send(subject, "_INBOX." + id, "m" + id, headers.toArray(String[]::new)) > 0) {
        tell(server + " receives m" + id + " " + headers);
        unanswered.add(id);
      }
    }
  }

  private void change(Server server) {
    if (!removes || !server.runs()) {
      return;
    }
    StreamCommand command =
        switch (choice.nextInt(3)) {
          case 0 -> new StreamCommand.Purge("s." + choice.nextInt(5), 0, choice.nextInt(2));
          case 1 -> new StreamCommand.Delete(1 + choice.nextInt(1 + published), true);
          default ->
              new StreamCommand.Update(
                  server.stream().config().toBuilder().maxMessages(1 + choice.nextInt(20)).build());
        };
    tell(server + ": " + command);
    WorkBatch batch = new WorkBatch();
    Stream stream = server.stream();
    stream.submit(
        taskBatch -> stream.change(command, (result, last) -> changed++, taskBatch), batch);
    batch.flush();
  }

  /** Notes what publishers were told. */
  private void listen() {
    for (Server each : cluster.servers()) {
      for (String answer : each.answers) {
        int space = answer.indexOf(' ');
        int id = Integer.parseInt(answer.substring("_INBOX.".length(), space));
        JsonObject ack = Json.parseObject(answer.substring(space + 1));
        tell(each + " answers " + answer);
        long sequence = ack.integer("seq", 0);
        if (ack.object("error") == null && sequence > 0) {
          String before = acknowledged.put(sequence, "m" + id);
          if (before != null) {
            assertThat("m" + id).as("acknowledged with sequence %d", sequence).isEqualTo(before);
          }
          unanswered.remove(id);
        }
      }
      each.answers.clear();
    }
  }

  // ---- What must be.

  void checkAfterHealing() {
    slow(0);
    heal();
    resume();
    cluster.servers().forEach(this::restart);
    settle();
    Server leader = cluster.leader();
    int marker = ++published;
    leader.send("s.end", "_INBOX." + marker, "m" + marker);
    settle();
    listen();
    List<String> expected = cluster.leader().contents();
    for (Server each : cluster.servers()) {
      assertThat(each.contents()).as("contents of %s", each).isEqualTo(expected);
      assertThat(each.stream().config()).isEqualTo(leader.stream().config());
    }
    Map<Long, String> stored = new HashMap<>();
    TreeSet<String> texts = new TreeSet<>();
    for (String line : expected.subList(0, expected.size() - 1)) {
      String text = text(line);
      stored.put(Long.valueOf(line.substring(0, line.indexOf(' '))), text);
      if (!removes) {
        assertThat(texts.add(text)).as("%s is stored once", text).isTrue();
      }
    }
    acknowledged.forEach(
        (sequence, text) -> {
          String found = stored.get(sequence);
          if (found != null || !removes) {
            assertThat(found).as("message %d", sequence).isEqualTo(text);
          }
        });
    assertThat(acknowledged.containsValue("m" + marker) || removes)
        .as("it goes on after healing")
        .isTrue();
  }

  private static String text(String line) {
    String[] words = line.split(" ", -1);
    String last = words[words.length - 3];
    return last.substring(last.lastIndexOf('|') + 1);
  }

  private void settle() {
    for (int i = 0; i < SETTLING_ROUNDS; i++) {
      advance(50);
      workAll();
    }
    @Nullable String leader = cluster.group.leader();
    assertThat(leader).as("there is a leader").isNotNull();
  }

  @Override
  public void close() {
    cluster.close();
  }
}
