package dev.hubkit.nats.jetstream.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.jetstream.stream.Stream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams and consumers that get more or fewer servers while some do not run. */
class ScaledStreamTest {
  private static final Duration WHILE = Duration.ofSeconds(1);

  @TempDir private Path directory;
  private final Map<String, String> answers = new HashMap<>();
  private SimulatedCluster cluster;
  private int asked;

  @BeforeEach
  void start() {
    cluster =
        new SimulatedCluster(
            directory,
            3,
            1,
            new Random(1),
            (server, message) -> answers.put(message.subject(), message.text()));
  }

  @AfterEach
  void end() {
    cluster.close();
  }

  private String send(String subject, String text) {
    String reply = "client." + ++asked;
    cluster.send(subject, reply, text);
    return reply;
  }

  private JsonObject answer(String reply) {
    assertThat(answers).containsKey(reply);
    JsonObject answer = Json.parseObject(answers.get(reply));
    assertThat(answer.object("error")).isNull();
    return answer;
  }

  private void request(String what, String json) {
    String reply = send("$JS.API." + what, json);
    cluster.advance(WHILE);
    answer(reply);
  }

  private static String stream(int replicas, String more) {
    return "{\"name\":\"S\",\"subjects\":[\"s.>\"],\"num_replicas\":" + replicas + more + "}";
  }

  private void consumer() {
    request(
        "CONSUMER.CREATE.S.C",
        "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\"C\",\"ack_policy\":\"explicit\"}}");
  }

  private SimulatedServer leader() {
    return cluster.leader(Objects.requireNonNull(cluster.assignment("S")).group());
  }

  private List<SimulatedServer> others(SimulatedServer server) {
    return cluster.servers().stream().filter(each -> each != server).toList();
  }

  private void requireOnlyOn(SimulatedServer server) {
    for (SimulatedServer each : cluster.servers()) {
      assertThat(each.streams())
          .as("streams of %s", each)
          .isEqualTo(each == server ? List.of("S") : List.of());
    }
    assertThat(answer(send("s.end", "goes on")).string("stream", "")).isEqualTo("S");
    JsonObject info = answer(send("$JS.API.CONSUMER.INFO.S.C", ""));
    assertThat(info.integer("num_pending", 0)).isPositive();
  }

  @Test
  void aServerThatBeginsLateDoesWhatTheOthersDidWithTheirConfigurationOfThen() {
    cluster.server("n3").kill();
    request("STREAM.CREATE.S", stream(3, ",\"max_msgs\":2"));
    for (int i = 0; i < 5; i++) {
      cluster.send("s.a", null, "m" + i);
    }
    request("STREAM.UPDATE.S", stream(3, ",\"max_msgs\":100"));
    cluster.server("n3").start();
    cluster.advance(WHILE);
    List<String> expected = SimulatedServer.contents(Objects.requireNonNull(leader().stream("S")));
    assertThat(expected).last().isEqualTo("2 from 4 to 5");
    for (SimulatedServer each : cluster.servers()) {
      Stream stream = Objects.requireNonNull(each.stream("S"));
      assertThat(SimulatedServer.contents(stream)).as("contents of %s", each).isEqualTo(expected);
      assertThat(stream.config().maxMessages()).isEqualTo(100);
    }
  }

  @Test
  void serversThatAreToLeaveTakePartAfterARestartUntilTheyAreDismissed() {
    request("STREAM.CREATE.S", stream(3, ""));
    consumer();
    SimulatedServer leader = leader();
    List<SimulatedServer> others = others(leader);
    // Nobody can go: there is no majority to agree to it.
    others.forEach(SimulatedServer::kill);
    others.get(0).start();
    cluster.advance(WHILE);
    cluster.request("STREAM.UPDATE.S", "client.update", stream(1, ""));
    others.get(0).kill();
    cluster.advance(WHILE);
    others.forEach(SimulatedServer::start);
    cluster.advance(WHILE);
    requireOnlyOn(leader());
  }

  @Test
  void aServerThatHasLostItsDiskTakesPartUntilItIsDismissed() throws Exception {
    request("STREAM.CREATE.S", stream(3, ""));
    consumer();
    SimulatedServer leader = leader();
    SimulatedServer lost = others(leader).get(0);
    SimulatedServer other = others(leader).get(1);
    cluster.jetStream.links().delay(leader.name, lost.name, WHILE.toNanos());
    cluster.jetStream.links().delay(leader.name, other.name, WHILE.toNanos());
    cluster.request("STREAM.UPDATE.S", "client.update", stream(1, ""));
    lost.kill();
    lost.loseDisk();
    cluster.advance(WHILE.multipliedBy(3));
    for (SimulatedServer each : others(leader)) {
      cluster.jetStream.links().delay(leader.name, each.name, 0);
    }
    lost.start();
    cluster.advance(WHILE.multipliedBy(3));
    requireOnlyOn(leader());
  }

  @Test
  void aStreamGetsTheServersFirstThatTalkToItsLeader() {
    request("STREAM.CREATE.S", stream(3, ""));
    SimulatedServer leader = leader();
    SimulatedServer paused = others(leader).get(0);
    cluster.jetStream.links().pause(paused.name);
    cluster.advance(WHILE.multipliedBy(10));
    request("STREAM.UPDATE.S", stream(1, ""));
    cluster.advance(WHILE);
    // The replica of the server that stands still has not heard that it is to end.
    request("STREAM.UPDATE.S", stream(3, ""));
    cluster.advance(WHILE);
    String reply = send("s.a", "goes on");
    cluster.advance(WHILE);
    assertThat(answer(reply).string("stream", "")).isEqualTo("S");
    cluster.jetStream.links().resume(paused.name);
    cluster.advance(WHILE.multipliedBy(10));
    for (SimulatedServer each : cluster.servers()) {
      assertThat(SimulatedServer.contents(Objects.requireNonNull(each.stream("S"))))
          .as("contents of %s", each)
          .isEqualTo(SimulatedServer.contents(Objects.requireNonNull(leader().stream("S"))));
    }
  }
}
