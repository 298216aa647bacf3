package dev.hubkit.examples.explore;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.util.function.Consumer;

/** Takes each message for a new order, also one that is delivered again after a lost ack. */
final class CarelessBilling extends Billing {
  CarelessBilling(Connection nats, Consumer<String> charge)
      throws IOException, JetStreamApiException {
    super(nats, charge);
  }

  @Override
  boolean isNew(String order) {
    return true;
  }
}
