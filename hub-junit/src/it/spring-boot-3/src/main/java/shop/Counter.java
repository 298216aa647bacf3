package shop;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import jakarta.annotation.PreDestroy;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** Sells what customers ask for, and numbers the receipts. */
@Component
public class Counter {
  private final AtomicInteger sold = new AtomicInteger();
  private final Connection nats;
  private final Dispatcher orders;

  Counter(Connection nats) {
    this.nats = nats;
    this.orders = nats.createDispatcher(this::sell).subscribe("shop.orders");
  }

  private void sell(Message order) {
    String receipt = new String(order.getData(), UTF_8) + ", receipt " + sold.incrementAndGet();
    nats.publish(order.getReplyTo(), receipt.getBytes(UTF_8));
  }

  @PreDestroy
  void close() {
    nats.closeDispatcher(orders);
    System.out.println("The shop closes; its connection is " + nats.getStatus());
  }
}
