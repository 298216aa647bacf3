package dev.hubkit.examples.explore;

import io.nats.client.Connection;

/** Calls itself ready while its subscription is still on the way to the server. */
final class CarelessMenu extends Menu {
  CarelessMenu(Connection nats) {
    super(nats);
  }

  @Override
  void awaitReady() {
    // Nothing to wait for, it seems.
  }
}
