package dev.hubkit.nats.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigFile;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the servers of a cluster report to its operator, as three nats-servers 2.15.3 do. */
class ClusterReportsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SILENCE = Duration.ofMillis(300);

  @TempDir private Path directory;
  private NatsCluster cluster;
  private Connection operator;

  @BeforeEach
  void start() throws Exception {
    Path file = directory.resolve("cluster.conf");
    Files.writeString(
        file,
        "port: -1\njetstream {store_dir: '"
            + directory.resolve("store")
            + "'}\n"
            + ScriptedCluster.ACCOUNTS);
    NatsOptions options = NatsOptions.of(ConfigFile.read(file.toString(), name -> null));
    cluster = NatsCluster.start(3, options);
    operator = connect("sys", "sys");
    try (Connection client = connect("a", "a")) {
      JetStreamManagement management = client.jetStreamManagement();
      management.addStream(
          StreamConfiguration.builder().name("ORDERS").subjects("orders").replicas(3).build());
      management.addOrUpdateConsumer(
          "ORDERS", ConsumerConfiguration.builder().durable("kitchen").build());
    }
  }

  @AfterEach
  void stop() throws Exception {
    operator.close();
    cluster.close();
  }

  private Connection connect(String user, String password) throws Exception {
    return Nats.connect(
        Options.builder()
            .server(cluster.clientUrl("n1"))
            .userInfo(user, password)
            .connectionTimeout(PATIENCE)
            .build());
  }

  private JsonObject ask(String page, String server, String more) throws Exception {
    Message answer =
        operator.request(
            "$SYS.REQ.SERVER.PING." + page,
            ("{\"server_name\":\"" + server + "\"" + more + "}").getBytes(StandardCharsets.UTF_8),
            PATIENCE);
    assertThat(answer).as("%s of %s", page, server).isNotNull();
    return Json.parseObject(answer.getData());
  }

  private static JsonObject onlyOne(List<JsonObject> objects) {
    assertThat(objects).hasSize(1);
    return objects.get(0);
  }

  private String other(String server) {
    return server.equals("n1") ? "n2" : "n1";
  }

  @Test
  void noServerLagsWhileAllIsWell() throws Exception {
    // The others may still be on their way to what the leader has had confirmed.
    await().atMost(PATIENCE).untilAsserted(this::requireNoLag);
  }

  private void requireNoLag() throws Exception {
    for (String server : cluster.names()) {
      JsonObject meta = ask("JSZ", server, "").objectOrEmpty("data").objectOrEmpty("meta_cluster");
      assertThat(meta.string("leader", "")).isEqualTo(cluster.metaLeader().orElseThrow());
      assertThat(meta.objects("replicas"))
          .hasSize(2)
          .allSatisfy(
              replica -> {
                assertThat(replica.bool("current", false)).isTrue();
                assertThat(replica.has("lag")).isFalse();
                assertThat(replica.has("offline")).isFalse();
              });
    }
  }

  @Test
  void onlyTheLeaderAnswersWhereItAloneIsAsked() throws Exception {
    String leader = cluster.metaLeader().orElseThrow();
    JsonObject data = ask("JSZ", leader, ",\"leader_only\":true").objectOrEmpty("data");
    assertThat(data.objectOrEmpty("meta_cluster").string("leader", "")).isEqualTo(leader);
    byte[] others =
        ("{\"server_name\":\"" + other(leader) + "\",\"leader_only\":true}")
            .getBytes(StandardCharsets.UTF_8);
    assertThat(operator.request("$SYS.REQ.SERVER.PING.JSZ", others, SILENCE)).isNull();
  }

  @Test
  void leadersAndGroupsAreCounted() throws Exception {
    // A server may have yet to make its part of what most have confirmed.
    await().atMost(PATIENCE).untilAsserted(this::requireCounts);
  }

  private void requireCounts() throws Exception {
    int streamsLed = 0;
    int consumersLed = 0;
    int shown = 0;
    for (String server : cluster.names()) {
      String everything = ",\"accounts\":true,\"streams\":true,\"consumer\":true,\"raft\":true";
      JsonObject data = ask("JSZ", server, everything).objectOrEmpty("data");
      streamsLed += (int) data.integer("streams_leader", 0);
      consumersLed += (int) data.integer("consumers_leader", 0);
      JsonObject stream =
          onlyOne(onlyOne(data.objects("account_details")).objects("stream_detail"));
      assertThat(stream.string("stream_raft_group", ""))
          .startsWith("S-R3F-")
          .isEqualTo(stream.objectOrEmpty("cluster").string("raft_group", ""));
      JsonObject group = onlyOne(stream.objects("consumer_raft_groups"));
      assertThat(group.string("name", "")).isEqualTo("kitchen");
      assertThat(group.string("raft_group", "")).startsWith("C-R3F-");
      JsonObject led =
          ask("JSZ", server, everything + ",\"stream_leader_only\":true").objectOrEmpty("data");
      shown += onlyOne(led.objects("account_details")).objects("stream_detail").size();
    }
    assertThat(streamsLed).isEqualTo(1);
    assertThat(consumersLed).isEqualTo(1);
    assertThat(shown).isEqualTo(1);
  }

  @Test
  void heartbeatsTellOfTheGroupOfAllServersAndTheLeaderWhoIsInIt() throws Exception {
    String leader = cluster.metaLeader().orElseThrow();
    for (String server : cluster.names()) {
      JsonObject meta =
          ask("STATSZ", server, "")
              .objectOrEmpty("statsz")
              .objectOrEmpty("jetstream")
              .objectOrEmpty("meta");
      assertThat(meta.string("name", "")).isEqualTo(server.equals(leader) ? "hub" : "_meta_");
      assertThat(meta.string("leader", "")).isEqualTo(leader);
      assertThat(meta.integer("cluster_size", 0)).isEqualTo(3);
      assertThat(meta.objects("replicas")).hasSize(server.equals(leader) ? 2 : 0);
    }
  }
}
