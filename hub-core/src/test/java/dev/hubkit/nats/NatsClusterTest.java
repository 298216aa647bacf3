package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.time.VirtualTimeSource;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Servers of one cluster in this JVM: each is reached from each, and can end and come back. */
class NatsClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static NatsOptions options() {
    return NatsOptions.builder().port(0).build();
  }

  private static Connection connect(NatsServer server) throws IOException, InterruptedException {
    return Nats.connect(
        Options.builder()
            .server(server.clientUrl())
            .connectionTimeout(PATIENCE)
            .reconnectWait(Duration.ofMillis(10))
            .maxReconnects(-1)
            .build());
  }

  private static void assertReaches(Connection publisher, Connection subscriber, String subject)
      throws Exception {
    Subscription subscription = subscriber.subscribe(subject);
    subscriber.flush(PATIENCE);
    // Interest goes to other servers after the client's own.
    Message received = null;
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (received == null && System.nanoTime() < end) {
      publisher.publish(subject, "hello".getBytes(UTF_8));
      received = subscription.nextMessage(Duration.ofMillis(50));
    }
    assertThat(received).isNotNull();
    assertThat(received.getData()).isEqualTo("hello".getBytes(UTF_8));
  }

  @Test
  void eachServerTellsItsClientsOfAllAndReachesAll() throws Exception {
    try (NatsCluster cluster = NatsCluster.start(3, options())) {
      List<NatsServer> servers = cluster.servers();
      assertThat(servers).extracting(NatsServer::name).containsExactly("n1", "n2", "n3");
      assertThat(servers).extracting(NatsServer::clusterName).containsOnly("hub");
      assertThat(cluster.names()).extracting(cluster::clockSkew).containsOnly(Duration.ZERO);
      String[] addresses =
          servers.stream().map(server -> "127.0.0.1:" + server.port()).toArray(String[]::new);
      for (NatsServer server : servers) {
        try (Connection connection = connect(server)) {
          assertThat(connection.getServerInfo().getConnectURLs())
              .containsExactlyInAnyOrder(addresses);
          assertThat(connection.getServerInfo().getCluster()).isEqualTo("hub");
        }
      }
      try (Connection first = connect(servers.get(0));
          Connection last = connect(servers.get(2))) {
        assertReaches(first, last, "there");
        assertReaches(last, first, "back");
      }
    }
  }

  @Test
  void aClientOfAKilledServerGoesOnAtAnotherOne() throws Exception {
    try (NatsCluster cluster = NatsCluster.start(3, options());
        Connection connection = connect(cluster.server("n2"));
        Connection other = connect(cluster.server("n3"))) {
      cluster.kill("n2");
      await().atMost(PATIENCE).until(() -> connection.getStatus() == Connection.Status.CONNECTED);
      assertThat(connection.getServerInfo().getServerName()).isIn("n1", "n3");
      assertReaches(other, connection, "after.the.kill");
      assertThat(cluster.servers()).extracting(NatsServer::name).containsExactly("n1", "n3");
    }
  }

  @Test
  void aServerComesBackWhereItWas() throws Exception {
    try (NatsCluster cluster = NatsCluster.start(3, options())) {
      for (String name : List.of("n1", "n3")) {
        int port = cluster.server(name).port();
        cluster.stop(name);
        assertThatThrownBy(() -> cluster.server(name))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(name);
        NatsServer again = cluster.restart(name);
        assertThat(again.port()).isEqualTo(port);
        assertThat(cluster.servers()).allSatisfy(each -> assertThat(each.routes()).hasSize(2));
        try (Connection there = connect(again);
            Connection elsewhere = connect(cluster.server("n2"))) {
          assertReaches(elsewhere, there, "again");
        }
      }
      assertThatThrownBy(() -> cluster.restart("n1")).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> cluster.restart("n9")).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aClusterStartsWhileTimeStandsStill() {
    try (VirtualTimeSource time = new VirtualTimeSource("cluster-time")) {
      time.freeze();
      try (NatsCluster cluster =
          NatsCluster.start(3, options().toBuilder().timeSource(time).build())) {
        cluster.kill("n1");
        cluster.restart("n1");
        assertThat(cluster.servers()).allSatisfy(each -> assertThat(each.routes()).hasSize(2));
      }
    }
  }

  @Test
  void serversOnTwoSidesOfACutDoNotReachEachOtherUntilItHeals() throws Exception {
    try (VirtualTimeSource time = new VirtualTimeSource("cluster-time")) {
      time.freeze();
      try (NatsCluster cluster =
              NatsCluster.start(3, options().toBuilder().timeSource(time).build());
          Connection first = connect(cluster.server("n1"));
          Connection second = connect(cluster.server("n2"));
          Connection third = connect(cluster.server("n3"))) {
        Subscription apart = first.subscribe("news");
        first.flush(PATIENCE);
        cluster.partition(Set.of("n1"), Set.of("n2", "n3"));
        assertThat(cluster.server("n1").info().connectUrls()).hasSize(1);
        assertThat(cluster.server("n2").info().connectUrls()).hasSize(2);
        assertReaches(second, third, "news");
        assertReaches(third, second, "other");
        first.flush(PATIENCE);
        assertThat(apart.nextMessage(Duration.ofMillis(1))).isNull();
        cluster.kill("n2");
        cluster.restart("n2");
        assertThat(cluster.server("n1").routes()).isEmpty();
        cluster.heal();
        assertThat(cluster.servers()).allSatisfy(each -> assertThat(each.routes()).hasSize(2));
        assertThat(cluster.server("n1").info().connectUrls()).hasSize(3);
        assertReaches(third, first, "whole");
        assertReaches(first, third, "again");
      }
    }
  }

  @Test
  void linksAreCutAndHealedOverAndOver() {
    try (NatsCluster cluster = NatsCluster.start(3, options())) {
      for (int i = 0; i < 20; i++) {
        String one = "n" + (1 + i % 3);
        String other = "n" + (1 + (i + 1) % 3);
        cluster.partition(Set.of(one), Set.of(other));
        cluster.heal();
      }
      assertThat(cluster.servers())
          .allSatisfy(each -> assertThat(each.info().connectUrls()).hasSize(3));
      assertThatThrownBy(() -> cluster.partition(Set.of("n1"), Set.of("n1", "n2")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aClusterHasOneToFiveServers() {
    assertThatThrownBy(() -> NatsCluster.start(6, options()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
