package dev.hubkit.nats.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.time.VirtualTimeSource;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.Replica;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream that has lost two of its three servers, in a cluster of five that goes on. */
class LeaderlessGroupTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SILENCE = Duration.ofMillis(200);

  @TempDir private Path directory;

  private static Connection connect(NatsCluster cluster, String server) throws Exception {
    return Nats.connect(
        Options.builder().server(cluster.clientUrl(server)).connectionTimeout(PATIENCE).build());
  }

  private static JsonObject ask(Connection connection, String subject, String body)
      throws Exception {
    Message answer =
        connection.request("$JS.API." + subject, body.getBytes(StandardCharsets.UTF_8), PATIENCE);
    assertThat(answer).as(subject).isNotNull();
    return Json.parseObject(answer.getData());
  }

  private static long error(Connection connection, String subject, String body) throws Exception {
    return ask(connection, subject, body).objectOrEmpty("error").integer("err_code", 0);
  }

  @Test
  void clientsAreToldThatNobodyLeads() throws Exception {
    try (VirtualTimeSource time = new VirtualTimeSource("leaderless");
        NatsCluster cluster =
            NatsCluster.start(
                5, NatsOptions.builder().port(0).jetStream(directory).timeSource(time).build())) {
      time.advance(Duration.ofSeconds(1));
      try (Connection connection = connect(cluster, "n1")) {
        JetStreamManagement management = connection.jetStreamManagement();
        management.addStream(
            StreamConfiguration.builder().name("ORDERS").subjects("orders").replicas(3).build());
        management.addOrUpdateConsumer(
            "ORDERS", ConsumerConfiguration.builder().durable("kitchen").build());
        connection.jetStream().publish("orders", new byte[1]);
      }
      StreamInfo info;
      try (Connection connection = connect(cluster, "n1")) {
        info = connection.jetStreamManagement().getStreamInfo("ORDERS");
      }
      List<String> members = new ArrayList<>();
      info.getClusterInfo().getReplicas().stream().map(Replica::getName).forEach(members::add);
      members.add(Objects.requireNonNull(info.getClusterInfo().getLeader()));
      String survivor = members.get(0);
      // However long the machine takes, it is too early to give the others up.
      time.freeze();
      members.stream().skip(1).forEach(cluster::kill);
      time.advance(Duration.ofSeconds(1));
      try (Connection connection = connect(cluster, survivor)) {
        // A new leader is still possible.
        assertThat(connection.request("$JS.API.STREAM.PURGE.ORDERS", new byte[0], SILENCE))
            .isNull();
        time.advance(Duration.ofSeconds(15));
        time.resume();
        Awaitility.await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> assertThat(error(connection, "STREAM.PURGE.ORDERS", "")).isEqualTo(10008));
        assertThat(error(connection, "STREAM.MSG.GET.ORDERS", "{\"seq\":1}")).isEqualTo(10008);
        assertThat(error(connection, "STREAM.MSG.DELETE.ORDERS", "{\"seq\":1}")).isEqualTo(10008);
        assertThat(error(connection, "STREAM.LEADER.STEPDOWN.ORDERS", "")).isEqualTo(10008);
        assertThat(error(connection, "CONSUMER.INFO.ORDERS.kitchen", "")).isEqualTo(10008);
        assertThat(error(connection, "CONSUMER.LEADER.STEPDOWN.ORDERS.kitchen", ""))
            .isEqualTo(10008);
        JsonObject told = ask(connection, "STREAM.INFO.ORDERS", "");
        assertThat(told.objectOrEmpty("state").integer("messages", 0)).isEqualTo(1);
        assertThat(told.objectOrEmpty("cluster").has("leader")).isFalse();
        assertThat(told.objectOrEmpty("cluster").bool("system_account", false)).isTrue();
        assertThat(told.objectOrEmpty("cluster").objects("replicas"))
            .filteredOn(replica -> replica.bool("current", false))
            .extracting(replica -> replica.string("name", ""))
            .containsExactly(survivor);
        assertThat(error(connection, "STREAM.INFO.NONE", "")).isEqualTo(10059);

        cluster.restart(members.get(1));
        time.advance(Duration.ofSeconds(5));
        Awaitility.await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .untilAsserted(
                () -> {
                  time.advance(Duration.ofMillis(100));
                  assertThat(error(connection, "CONSUMER.INFO.ORDERS.kitchen", "")).isZero();
                });
      }
    }
  }
}
