package dev.hubkit.examples.withoutjunit5;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.Assert.assertEquals;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.time.Duration;
import org.junit.Rule;
import org.junit.Test;

/** A test with JUnit 4, which {@link JUnit4Test} runs. */
// @start region="use"
public class KitchenRuleTest {
  @Rule public final NatsRule rule = new NatsRule();

  @Test
  public void ordersArrive() throws Exception {
    try (Connection nats = rule.nats().connect()) {
      Subscription orders = nats.subscribe("orders.*");
      nats.publish("orders.42", "two coffees".getBytes(UTF_8));
      Message order = orders.nextMessage(Duration.ofSeconds(5));
      assertEquals("two coffees", new String(order.getData(), UTF_8));
    }
  }
}
// @end
