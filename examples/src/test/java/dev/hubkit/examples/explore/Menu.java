package dev.hubkit.examples.explore;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Answers requests for the menu. */
class Menu {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Connection nats;

  /** Makes a service that answers once it has started. */
  Menu(Connection nats) {
    this.nats = nats;
  }

  /** Starts the service; it is ready when this returns. */
  void start() throws TimeoutException, InterruptedException {
    nats.createDispatcher(
            request -> nats.publish(request.getReplyTo(), "soup, bread".getBytes(UTF_8)))
        .subscribe("menu");
    awaitReady();
  }

  /** Waits until the server knows of the subscription. */
  void awaitReady() throws TimeoutException, InterruptedException {
    nats.flush(SOON);
  }
}
