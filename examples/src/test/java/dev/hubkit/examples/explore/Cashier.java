package dev.hubkit.examples.explore;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.PublishOptions;
import java.io.IOException;
import java.time.Duration;

/** Puts orders into a stream, and tries again until the stream has confirmed them. */
class Cashier {
  private static final int ATTEMPTS = 20;

  private final JetStream orders;
  private final Duration patience;

  /**
   * Makes a cashier.
   *
   * @param patience how long to wait for the stream
   */
  Cashier(Connection nats, Duration patience) throws IOException {
    this.orders = nats.jetStream();
    this.patience = patience;
  }

  /** Orders something. */
  void order(String number) throws IOException, JetStreamApiException {
    PublishOptions options = options(number).streamTimeout(patience).build();
    for (int attempt = 1; ; attempt++) {
      try {
        orders.publish("orders." + number, number.getBytes(UTF_8), options);
        return;
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Returns options by which the stream knows an order that it has already. */
  PublishOptions.Builder options(String number) {
    return PublishOptions.builder().messageId(number);
  }
}
