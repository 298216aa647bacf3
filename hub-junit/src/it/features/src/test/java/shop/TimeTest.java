package shop;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static dev.hubkit.junit.message.JsonContent.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import io.nats.client.JetStream;
import io.nats.client.impl.Headers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The hub's time, and its journal. */
@WithHub(fossil = false)
@WithStream(name = "ORDERS", subjects = "orders.>", maxAge = "10m")
class TimeTest {
  @Test
  void jumpsFromTimerToTimer(HubResource hub, JetStream jetStream) throws Exception {
    hub.time().freeze();
    Clock clock = hub.time().clock();
    Instant before = clock.instant();
    jetStream.publish("orders.1", null);
    hub.time()
        .advanceUntilAsserted(() -> assertThat(hub).stream("ORDERS").isEmpty(), Duration.ofHours(1));
    assertEquals(10, Duration.between(before, clock.instant()).toMinutes());
  }

  @Test
  void waitsForWhatHappens(HubResource hub, JetStream jetStream) throws Exception {
    jetStream.publish(
        "orders.2", new Headers().put("Kind", "a"), "{\"id\": 42}".getBytes(UTF_8));
    hub.journal()
        .await()
        .published("orders.>")
        .withHeader("Kind", "a")
        .matching(json("$.id", 42))
        .atMost(Duration.ofSeconds(20));
    hub.journal()
        .never()
        .published("refunds.>")
        .awaitIn(hub.time())
        .within(Duration.ofMinutes(10));
  }
}
