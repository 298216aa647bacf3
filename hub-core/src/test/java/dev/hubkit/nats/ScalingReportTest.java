package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.time.VirtualTimeSource;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see of a stream while other servers than before come to have it. */
class ScalingReportTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SLOW = Duration.ofSeconds(5);

  @TempDir private Path directory;
  private VirtualTimeSource time;
  private NatsCluster cluster;

  @BeforeEach
  void start() {
    time = new VirtualTimeSource("scaled-time");
    cluster =
        NatsCluster.start(
            3, NatsOptions.builder().port(0).jetStream(directory).timeSource(time).build());
  }

  @AfterEach
  void stop() {
    cluster.close();
    time.close();
  }

  private static JsonObject ask(Connection client, String what, String body) throws Exception {
    Message answer =
        client.request("$JS.API." + what, body.replace('\'', '"').getBytes(UTF_8), PATIENCE);
    assertThat(answer).as("the answer to " + what).isNotNull();
    return Json.parseObject(answer.getData());
  }

  private static JsonObject group(Connection client, String stream) throws Exception {
    return ask(client, "STREAM.INFO." + stream, "").objectOrEmpty("cluster");
  }

  private static String config(String name, int replicas) {
    return "{'name':'" + name + "','subjects':['" + name + "'],'num_replicas':" + replicas + "}";
  }

  // A stream on a server other than the leader of all, which is to tell the others of changes.
  private String stream(Connection client) throws Exception {
    String meta = cluster.metaLeader().orElseThrow();
    for (int i = 1; i <= 3; i++) {
      ask(client, "STREAM.CREATE.S" + i, config("S" + i, 1));
      if (!group(client, "S" + i).string("leader", "").equals(meta)) {
        return "S" + i;
      }
    }
    throw new AssertionError("all streams are on the leader of all servers");
  }

  @Test
  void infoTellsWhatAStreamIsOnItsWayTo() throws Exception {
    String meta = cluster.metaLeader().orElseThrow();
    try (Connection atMeta = PatientClient.connect(cluster.clientUrl(meta))) {
      String stream = stream(atMeta);
      String leader = group(atMeta, stream).string("leader", "");
      List<String> others = cluster.names().stream().filter(n -> !n.equals(leader)).toList();
      try (Connection atLeader = PatientClient.connect(cluster.clientUrl(leader))) {
        // What the leader sends to others arrives when time goes on, however long the test takes.
        time.freeze();
        others.forEach(other -> cluster.delay(leader, other, SLOW));
        JsonObject asked = update(atMeta, stream).objectOrEmpty("cluster");
        assertThat(asked.has("leader")).as("a leader of the group that is made").isFalse();
        assertThat(names(asked)).containsExactly(leader);
        requireDesired(asked.objectOrEmpty("desired"));
        assertThat(asked.objectOrEmpty("desired").has("status")).isFalse();

        JsonObject onItsWay =
            await()
                .atMost(PATIENCE)
                .until(() -> group(atLeader, stream), group -> isChangingMembers(group));
        assertThat(onItsWay.string("leader", "")).isEqualTo(leader);
        assertThat(names(onItsWay)).isEqualTo(others);
        assertThat(onItsWay.objects("replicas"))
            .anyMatch(replica -> replica.bool("pending", false))
            .noneMatch(replica -> replica.bool("current", false));
        requireDesired(onItsWay.objectOrEmpty("desired"));

        time.resume();
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  time.advance(Duration.ofSeconds(1));
                  return !group(atLeader, stream).has("desired");
                });
        assertThat(names(group(atLeader, stream))).isEqualTo(others);
      }
    }
  }

  // The answer needs to hear once from the stream's leader: time goes on as far as that, and the
  // next that the leader sends is still on its way.
  private JsonObject update(Connection client, String stream) throws Exception {
    byte[] config = config(stream, 3).replace('\'', '"').getBytes(UTF_8);
    CompletableFuture<Message> answer = client.request("$JS.API.STREAM.UPDATE." + stream, config);
    for (int i = 0; i < SLOW.toSeconds(); i++) {
      if (isDoneSoon(answer)) {
        break;
      }
      time.advance(Duration.ofSeconds(1));
    }
    return Json.parseObject(answer.get(PATIENCE.toSeconds(), SECONDS).getData());
  }

  private static boolean isDoneSoon(CompletableFuture<Message> answer) throws Exception {
    try {
      answer.get(200, MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private static boolean isChangingMembers(JsonObject group) {
    return group
        .objectOrEmpty("desired")
        .objectOrEmpty("status")
        .string("type", "")
        .equals("membership");
  }

  private void requireDesired(JsonObject desired) {
    assertThat(desired.objects("replicas"))
        .extracting(replica -> replica.string("name", ""))
        .containsExactlyInAnyOrderElementsOf(cluster.names());
    assertThat(desired.objectOrEmpty("origin").integer("replicas", 0)).isEqualTo(1);
  }

  private static List<String> names(JsonObject group) {
    return group.objects("replicas").stream()
        .map(replica -> replica.string("name", ""))
        .sorted()
        .toList();
  }
}
