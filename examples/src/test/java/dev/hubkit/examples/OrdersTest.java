package dev.hubkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@WithHub
class OrdersTest {
  @Test
  void ordersArrive(Connection nats) throws Exception {
    Subscription orders = nats.subscribe("orders.*");
    nats.publish("orders.42", "two coffees".getBytes(UTF_8));
    Message order = orders.nextMessage(Duration.ofSeconds(5));
    assertEquals("two coffees", new String(order.getData(), UTF_8));
  }
}
