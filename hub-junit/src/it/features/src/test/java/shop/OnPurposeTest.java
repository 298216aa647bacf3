package shop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.Subscription;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How failures look. */
@WithHub(fossil = false, keepOnFailure = true)
class OnPurposeTest {
  @Test
  void fails(HubResource hub, Connection nats) throws Exception {
    Subscription wrong = nats.subscribe("order.*");
    nats.publish("orders.42", "two coffees".getBytes(UTF_8));
    nats.flush(Duration.ofSeconds(20));
    assertEquals("two coffees", wrong.nextMessage(Duration.ofMillis(50)));
  }
}
