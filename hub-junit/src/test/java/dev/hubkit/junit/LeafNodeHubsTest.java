package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import dev.hubkit.junit.fault.Fault;
import dev.hubkit.workspace.UpstreamState;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.Subscription;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Hubs of a test that are leaf nodes of others. */
class LeafNodeHubsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Nested
  @WithHub(name = "team", fossil = false)
  @WithHub(name = "a laptop", fossil = false, upstream = "team")
  class Joined {
    @Test
    void messagesAndDomainsReachAcross(
        @FromHub("team") Connection team,
        @FromHub("a laptop") Connection laptop,
        @FromHub("a laptop") HubResource hub)
        throws Exception {
      crosses(team, laptop);
      team.jetStreamManagement().addStream(orders());
      JetStreamManagement there =
          laptop.jetStreamManagement(JetStreamOptions.builder().domain("team").build());
      assertThat(there.getStreamNames()).containsExactly("ORDERS");
      assertThat(laptop.jetStreamManagement().getStreamNames()).isEmpty();
      JetStreamManagement back =
          team.jetStreamManagement(JetStreamOptions.builder().domain("a_laptop").build());
      assertThat(back.getAccountStatistics().getDomain()).isEqualTo("a_laptop");

      try (Fault cut = hub.faults().cutUpstream()) {
        assertThat(cut.isOpen()).isTrue();
        laptop.jetStreamManagement().addStream(orders());
        assertThat(laptop.jetStream().publish("orders.1", new byte[0]).getStream())
            .isEqualTo("ORDERS");
        Awaitility.await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(hub.hub().nats().leafRemotes()).isEmpty());
      }
      crosses(team, laptop);
    }

    /** A test that another hub joins later, which its class has not. */
    @Nested
    @WithHub(name = "second", fossil = false, upstream = "a laptop")
    class OfALeafNode {
      @Test
      void messagesGoOverTwoHops(
          @FromHub("team") Connection team, @FromHub("second") Connection second) throws Exception {
        crosses(team, second);
      }
    }

    @Test
    @WithHub(name = "third", fossil = false, upstream = "team")
    void theStatusTells(@FromHub("third") HubResource hub) {
      HubStatus status = Hub.status(hub.hub().root());
      assertThat(status.upstreams()).hasSize(1);
      UpstreamState state = status.upstreams().get(0);
      assertThat(state.connected()).isTrue();
      assertThat(state.domain()).isEqualTo("third");
      assertThat(state.remoteDomain()).isEqualTo("team");
    }
  }

  private static StreamConfiguration orders() {
    return StreamConfiguration.builder()
        .name("ORDERS")
        .subjects("orders.>")
        .storageType(StorageType.Memory)
        .build();
  }

  private static void crosses(Connection one, Connection other) throws Exception {
    crossesTo(one, other);
    crossesTo(other, one);
  }

  private static void crossesTo(Connection publisher, Connection subscriber) throws Exception {
    Subscription greetings = subscriber.subscribe("greetings");
    subscriber.flush(PATIENCE);
    // Who publishes learns of the subscription a moment later.
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              publisher.publish("greetings", "hello".getBytes(UTF_8));
              return greetings.nextMessage(Duration.ofMillis(100)) != null;
            });
    greetings.unsubscribe();
  }

  @WithHub(name = "laptop", fossil = false, upstream = "tem")
  @WithHub(name = "team", fossil = false)
  static class Unknown {
    @Test
    void runs() {}
  }

  @WithHub(name = "a", fossil = false, upstream = "b")
  @WithHub(name = "b", fossil = false, upstream = "c")
  @WithHub(name = "c", fossil = false, upstream = "a")
  static class Circle {
    @Test
    void runs() {}
  }

  @WithHub(name = "team", fossil = false, lifecycle = HubLifecycle.PER_METHOD)
  @WithHub(name = "laptop", fossil = false, upstream = "team")
  static class Shorter {
    @Test
    void runs() {}
  }

  @WithHub(name = "team", nats = false)
  @WithHub(name = "laptop", fossil = false, upstream = "team")
  static class WithoutNats {
    @Test
    void runs() {}
  }

  @WithHub(name = "team", fossil = false)
  @WithHub(fossil = false, upstream = "team")
  static class Nameless {
    @Test
    void runs() {}
  }

  @Test
  void saysWhatCannotWork() {
    TestRun.of(Unknown.class)
        .failsOnceWith(
            List.of(
                "@WithHub(name = \"laptop\", upstream = \"tem\") cannot be started: there is no hub"
                    + " of this name; there are \"laptop\", \"team\": name one of them, or add"
                    + " @WithHub(name = \"tem\")"));
    TestRun.of(Circle.class)
        .failsOnceWith(List.of("the upstreams lead in a circle, a → b → c → a"));
    TestRun.of(Shorter.class).failsOnceWith(List.of("it lives longer than its upstream"));
    TestRun.of(WithoutNats.class).failsOnceWith(List.of("the hub \"team\" has no NATS server"));
    TestRun.of(Nameless.class).failsOnceWith(List.of("it has no name"));
  }
}
