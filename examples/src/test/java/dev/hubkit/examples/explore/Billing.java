package dev.hubkit.examples.explore;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Charges for each order in a stream. */
class Billing {
  private final Consumer<String> charge;
  private final Set<String> charged = ConcurrentHashMap.newKeySet();

  /** Begins to handle the orders. */
  Billing(Connection nats, Consumer<String> charge) throws IOException, JetStreamApiException {
    this.charge = charge;
    Dispatcher dispatcher = nats.createDispatcher();
    nats.jetStream()
        .subscribe(
            "orders.*",
            dispatcher,
            this::handle,
            false,
            PushSubscribeOptions.builder().durable("billing").build());
  }

  private void handle(Message message) {
    String order = new String(message.getData(), UTF_8);
    if (isNew(order)) {
      charge.accept(order);
    }
    message.ack();
  }

  /** Returns whether this order was not charged yet. */
  boolean isNew(String order) {
    return charged.add(order);
  }
}
