package dev.hubkit.nats.leaf;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;

/** Says nothing of the ends of connections that tests bring about. */
final class SilentListener implements ErrorListener {
  @Override
  public void exceptionOccurred(Connection connection, Exception exception) {}

  @Override
  public void errorOccurred(Connection connection, String error) {}
}
