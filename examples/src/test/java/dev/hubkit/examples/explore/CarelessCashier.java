package dev.hubkit.examples.explore;

import io.nats.client.Connection;
import io.nats.client.PublishOptions;
import java.io.IOException;
import java.time.Duration;

/** Publishes without a message id, so that the stream takes a second attempt for a new order. */
final class CarelessCashier extends Cashier {
  CarelessCashier(Connection nats, Duration patience) throws IOException {
    super(nats, patience);
  }

  @Override
  PublishOptions.Builder options(String number) {
    return PublishOptions.builder();
  }
}
