package dev.hubkit.examples.failing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Fails, because it waits for messages on the wrong subject. */
@WithHub(fossil = false)
@WithStream(name = "ORDERS", subjects = "orders.>")
public class WrongSubject {
  @Test
  void ordersArrive(Connection nats) throws Exception {
    Subscription orders = nats.subscribe("order.*");
    nats.publish("orders.42", "two coffees".getBytes(UTF_8));
    Message order = orders.nextMessage(Duration.ofMillis(200));
    assertNotNull(order, "no order has arrived");
  }
}
