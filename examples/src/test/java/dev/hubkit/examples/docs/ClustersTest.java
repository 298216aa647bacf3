package dev.hubkit.examples.docs;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithConsumer;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.cluster.ClusterServer;
import dev.hubkit.junit.cluster.HubCluster;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PublishOptions;
import io.nats.client.PullSubscribeOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A service that survives the death of the server that leads its stream. */
class ClustersTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** The service under test: it takes orders until each is stored, and cooks each of them. */
  static final class Kitchen {
    private final Connection nats;
    private final JetStreamSubscription orders;
    private final Set<String> cooked = new TreeSet<>();

    Kitchen(Connection nats) throws IOException, JetStreamApiException {
      this.nats = nats;
      this.orders =
          nats.jetStream().subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
    }

    // The id keeps an order from being stored twice when only its acknowledgement was lost.
    boolean takes(String order) {
      PublishOptions once =
          PublishOptions.builder().messageId(order).streamTimeout(Duration.ofSeconds(1)).build();
      try {
        nats.jetStream().publish("orders." + order, order.getBytes(UTF_8), once);
        return true;
      } catch (IOException | JetStreamApiException e) {
        return false;
      }
    }

    Set<String> cook() {
      for (Message order : orders.fetch(10, Duration.ofMillis(200))) {
        cooked.add(new String(order.getData(), UTF_8));
        order.ack();
      }
      return cooked;
    }
  }

  // @start region="leader"
  @Nested
  @WithHub(servers = 3)
  @WithStream(name = "ORDERS", subjects = "orders.>", replicas = 3)
  @WithConsumer(stream = "ORDERS", name = "kitchen")
  class KitchenTest {
    @Test
    void cooksAllOrdersThoughTheLeaderDies(HubResource hub, Connection nats) throws Exception {
      Kitchen kitchen = new Kitchen(nats);
      await().atMost(SOON).until(() -> kitchen.takes("soup"));

      hub.cluster().leaderOf("ORDERS").kill();

      await().atMost(SOON).until(() -> kitchen.takes("tea"));
      await().atMost(SOON).untilAsserted(() -> assertThat(kitchen.cook()).contains("soup", "tea"));
      assertThat(hub).stream("ORDERS").hasMessages(2);
    }
  }

  // @end

  @Nested
  @WithHub(servers = 3, fossil = false)
  class LinksTest {
    @Test
    void areCutAndSlow(HubResource hub) {
      // @start region="links"
      HubCluster cluster = hub.cluster();
      ClusterServer n1 = cluster.server("n1");
      ClusterServer n2 = cluster.server("n2");
      ClusterServer n3 = cluster.server("n3");

      cluster.partition(n1).from(n2, n3);
      cluster.heal();

      cluster.link(n1).to(n2).delay(Duration.ofMillis(200));
      cluster.link(n2).to(n3).cut();
      cluster.heal();
      // @end
      assertThat(cluster.servers()).containsExactly(n1, n2, n3);
    }
  }

  @Nested
  @WithHub(servers = 3, fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>", replicas = 3)
  class DisksAndClocksTest {
    @Test
    void areLostAndWrong(HubResource hub, Connection nats) throws Exception {
      nats.jetStream().publish("orders.soup", "soup".getBytes(UTF_8));
      // @start region="disks"
      ClusterServer leader = hub.cluster().leaderOf("ORDERS");
      leader.loseDisk();
      leader.restart();
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(hub).stream("ORDERS").hasMessages(1).isInSync());

      hub.cluster().leaderOf("ORDERS").skewClock(Duration.ofMinutes(-5));
      // @end
      assertThat(hub.cluster().describe()).contains("5 min behind");
    }
  }
}
