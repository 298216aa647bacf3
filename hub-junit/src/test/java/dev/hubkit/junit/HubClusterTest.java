package dev.hubkit.junit;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.junit.cluster.ClusterServer;
import dev.hubkit.junit.cluster.HubCluster;
import dev.hubkit.junit.journal.JournalEntry;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** A hub with three NATS servers: each is killed, cut off and slowed down, and all is undone. */
class HubClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @WithHub(fossil = false, servers = 3)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class ThreeServers {
    private static Connection connect(HubResource hub, String server) throws Exception {
      return hub.connect(
          new Options.Builder()
              .server(hub.cluster().server(server).url())
              .ignoreDiscoveredServers()
              .connectionTimeout(PATIENCE)
              .reconnectWait(Duration.ofMillis(20))
              .noRandomize());
    }

    private static void assertReaches(Connection from, Subscription to) throws Exception {
      Message received = null;
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (received == null && System.nanoTime() < end) {
        from.publish(to.getSubject(), "hello".getBytes(UTF_8));
        received = to.nextMessage(Duration.ofMillis(50));
      }
      assertThat(received).isNotNull();
    }

    @Test
    @Order(1)
    void aConnectionOfTheToolkitGoesToAnotherServer(HubResource hub, Connection nats)
        throws Exception {
      HubCluster cluster = hub.cluster();
      assertThat(cluster.servers())
          .extracting(ClusterServer::name)
          .containsExactly("n1", "n2", "n3");
      assertThat(hub.natsUrl().split(",", -1))
          .containsExactly(
              cluster.servers().stream().map(ClusterServer::url).toArray(String[]::new));
      assertThat(nats.getServerInfo().getServerName()).isEqualTo("n1");
      Subscription orders = nats.subscribe("orders");
      nats.flush(PATIENCE);
      cluster.server("n1").kill();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  nats.getStatus() == Connection.Status.CONNECTED
                      && !"n1".equals(nats.getServerInfo().getServerName()));
      assertReaches(nats, orders);
      assertThat(cluster.server("n1").isRunning()).isFalse();
      assertThat(cluster.describe()).isEqualTo("n1 is down");
      List<String> servers =
          hub.journal().connected().stream()
              .map(entry -> entry.server().orElse(""))
              .distinct()
              .toList();
      assertThat(servers).contains("n1").hasSizeGreaterThan(1);
      JournalEntry last = hub.journal().published("orders").last();
      assertThat(last.toString()).containsPattern(" n[23] #\\d+ ");
    }

    @Test
    @Order(2)
    void allIsAsItWasAfterTheTest(HubResource hub) {
      assertThat(hub.cluster().servers()).allMatch(ClusterServer::isRunning);
      assertThat(hub.cluster().describe()).isEmpty();
      hub.cluster().server("n2").pause();
      hub.cluster().partition(hub.cluster().server("n3")).from(hub.cluster().server("n1"));
      assertThat(hub.cluster().describe()).isEqualTo("n2 stands still");
    }

    @Test
    @Order(3)
    void whatIsSentOverASlowLinkArrivesLater(HubResource hub) throws Exception {
      HubCluster cluster = hub.cluster();
      assertThat(cluster.describe()).isEmpty();
      hub.time().freeze();
      Connection one = connect(hub, "n1");
      Connection other = connect(hub, "n2");
      Subscription there = other.subscribe("there");
      Subscription back = one.subscribe("back");
      assertReaches(one, there);
      assertReaches(other, back);
      Subscription late = other.subscribe("late");
      assertReaches(one, late);
      cluster.link(cluster.server("n1")).to(cluster.server("n2")).delay(Duration.ofSeconds(3));
      one.publish("late", "slow".getBytes(UTF_8));
      one.flush(PATIENCE);
      assertReaches(other, back);
      hub.time().advance(Duration.ofMillis(2999));
      assertThat(text(late.nextMessage(Duration.ofMillis(20)))).isNotEqualTo("slow");
      hub.time().advance(Duration.ofMillis(1));
      assertArrives(late, "slow");
    }

    private static void assertArrives(Subscription subscription, String payload) {
      await()
          .atMost(PATIENCE)
          .until(() -> payload.equals(text(subscription.nextMessage(Duration.ofMillis(50)))));
    }

    private static String text(Message message) {
      return message == null ? "(nothing)" : new String(message.getData(), UTF_8);
    }

    @Test
    @Order(4)
    void whatIsSentOverACutLinkWaits(HubResource hub) throws Exception {
      HubCluster cluster = hub.cluster();
      Connection one = connect(hub, "n1");
      Connection other = connect(hub, "n3");
      Subscription there = other.subscribe("cut");
      Subscription back = one.subscribe("whole");
      assertReaches(one, there);
      cluster.link(cluster.server("n1")).to(cluster.server("n3")).cut();
      one.publish("cut", "waits".getBytes(UTF_8));
      one.flush(PATIENCE);
      assertReaches(other, back);
      assertThat(text(there.nextMessage(Duration.ofMillis(20)))).isNotEqualTo("waits");
      cluster.heal();
      assertArrives(there, "waits");
    }

    @Test
    @Order(5)
    void aServerThatStandsStillAnswersLater(HubResource hub) throws Exception {
      HubCluster cluster = hub.cluster();
      Connection still = connect(hub, "n2");
      Connection other = connect(hub, "n1");
      Subscription there = still.subscribe("still");
      assertReaches(other, there);
      cluster.server("n2").pause();
      other.publish("still", "later".getBytes(UTF_8));
      other.flush(PATIENCE);
      assertThat(text(there.nextMessage(Duration.ofMillis(20)))).isNotEqualTo("later");
      assertThat(still.getStatus()).isEqualTo(Connection.Status.CONNECTED);
      cluster.server("n2").resume();
      assertArrives(there, "later");
      cluster.server("n2").stop();
      assertThatThrownBy(() -> cluster.server("n2").pause())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("n2");
      cluster.server("n2").restart();
      assertThatThrownBy(() -> cluster.server("n9")).hasMessageContaining("n9");
      assertThatThrownBy(hub::stubs).hasMessageContaining("several");
      assertThatThrownBy(hub::snapshot).hasMessageContaining("snapshots");
    }

    @Test
    @Order(6)
    void clientsOfAllServersAreListedAndCut(HubResource hub) throws Exception {
      Connection one = connect(hub, "n1");
      Connection other = connect(hub, "n3");
      assertThat(one.getServerInfo().getClientId())
          .isNotEqualTo(other.getServerInfo().getClientId());
      assertThat(hub.clients().all().stream().map(dev.hubkit.nats.net.Connection::id))
          .contains(
              (long) one.getServerInfo().getClientId(), (long) other.getServerInfo().getClientId());
      hub.faults().cut(other);
      await().atMost(PATIENCE).until(() -> other.getStatus() != Connection.Status.CONNECTED);
      assertThat(one.getStatus()).isEqualTo(Connection.Status.CONNECTED);
    }
  }

  @WithHub(fossil = false, servers = 3)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class Streams {
    private static void create(JetStreamManagement management) throws Exception {
      management.addStream(
          StreamConfiguration.builder()
              .name("ORDERS")
              .subjects("orders.>")
              .storageType(StorageType.Memory)
              .replicas(3)
              .build());
    }

    private static void publish(Connection nats, String id) {
      publish(nats, "orders.1", id);
    }

    private static void publish(Connection nats, String subject, String id) {
      Headers headers = new Headers().put("Nats-Msg-Id", id);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                Message ack =
                    nats.request(subject, headers, "soup".getBytes(UTF_8), PATIENCE.dividedBy(20));
                return ack != null && !ack.isStatusMessage();
              });
    }

    @Test
    @Order(1)
    void aStreamOutlivesItsLeader(HubResource hub, Connection nats, JetStreamManagement management)
        throws Exception {
      create(management);
      publish(nats, "one");
      ClusterServer leader = hub.cluster().leaderOf("ORDERS");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(hub).stream("ORDERS")
                      .hasReplicas(3)
                      .hasLeader(leader.name())
                      .isInSync());
      leader.kill();
      publish(nats, "two");
      ClusterServer next = hub.cluster().leaderOf("ORDERS");
      assertThat(next).isNotEqualTo(leader);
      assertThat(hub.cluster().metaLeader().isRunning()).isTrue();
      assertThat(hub).stream("ORDERS").hasMessages(2);
      assertThatThrownBy(() -> assertThat(hub).stream("ORDERS").isInSync())
          .hasMessageContaining(leader.name());
      leader.restart();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(hub).stream("ORDERS").hasMessages(2).isInSync());
      assertThatThrownBy(() -> hub.cluster().leaderOf("NONE")).hasMessageContaining("NONE");
      management.deleteStream("ORDERS");
    }
  }

  @WithHub(fossil = false, servers = 3)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class Powers {
    private static List<String> told(HubResource hub) {
      return hub.journal().everything().stream()
          .filter(entry -> entry.kind() == JournalEntry.Kind.DISTURBED)
          .map(entry -> entry.server().orElse("") + " " + entry.detail())
          .toList();
    }

    @Test
    @Order(1)
    void aServerLosesItsDisk(HubResource hub, Connection nats, JetStreamManagement management)
        throws Exception {
      ClusterServer lost = hub.cluster().server("n3");
      management.addStream(
          StreamConfiguration.builder().name("KEPT").subjects("kept").replicas(3).build());
      Streams.publish(nats, "kept", "one");
      lost.loseDisk();
      assertThat(hub.cluster().describe()).isEqualTo("n3 is down");
      lost.restart();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(hub).stream("KEPT").hasMessages(1).isInSync());
      assertThat(told(hub)).containsExactly("n3 loses its disk", "n3 started again");
      assertThat(hub.journal().tail()).contains(" n3 -- loses its disk");
      management.deleteStream("KEPT");
    }

    @Test
    @Order(2)
    void clocksOfServersDiffer(HubResource hub, Connection nats, JetStreamManagement management)
        throws Exception {
      hub.time().freeze();
      hub.cluster().servers().forEach(server -> server.skewClock(Duration.ofMinutes(-3)));
      management.addStream(StreamConfiguration.builder().name("TIMES").subjects("t").build());
      nats.jetStream().publish("t", "past".getBytes(UTF_8));
      assertThat(management.getMessage("TIMES", 1).getTime().toInstant())
          .isEqualTo(hub.time().now().minus(Duration.ofMinutes(3)));
      hub.cluster().server("n1").skewClock(Duration.ofMillis(1500));
      assertThat(hub.cluster().describe())
          .isEqualTo(
              "n1's clock is 1.5 s ahead, n2's clock is 3 min behind, n3's clock is 3 min behind");
      assertThat(told(hub)).last().isEqualTo("n1 clock is 1.5 s ahead");
      management.deleteStream("TIMES");
    }

    @Test
    @Order(3)
    void clocksAreRightAgain(HubResource hub) {
      assertThat(hub.cluster().describe()).isEmpty();
      assertThat(hub.cluster().servers())
          .extracting(ClusterServer::clockSkew)
          .containsOnly(Duration.ZERO);
    }
  }

  @Test
  void disksAreLostAndClocksDiffer() {
    TestRun.of(Powers.class).succeeds();
  }

  @Test
  void streamsOutliveTheirLeaders() {
    TestRun.of(Streams.class).succeeds();
  }

  @Test
  void threeServers() {
    TestRun.of(ThreeServers.class).succeeds();
  }

  @WithHub(servers = 6)
  static class TooMany {
    @Test
    void test() {}
  }

  @WithHub(servers = 3, reset = Reset.BEFORE_EACH)
  static class WithoutSnapshots {
    @Test
    void test() {}
  }

  @Test
  void refusesWhatDoesNotFit() {
    TestRun.of(TooMany.class).failsOnceWith(List.of("servers = 6", "1 to 5"));
    TestRun.of(WithoutSnapshots.class).failsOnceWith(List.of("servers = 3", "reset = BEFORE_EACH"));
  }
}
