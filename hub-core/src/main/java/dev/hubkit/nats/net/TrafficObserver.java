package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/**
 * Observes the traffic between a server and its clients as it happens, that of one client in the
 * order of the wire.
 *
 * <p>Called on the threads that serve clients, with locks of theirs held, so it must be quick, must
 * not block and must not call the server back. It has to be thread-safe. A message is valid only
 * until the method returns; {@link Message#retain()} keeps it.
 */
public interface TrafficObserver {
  /** Called when a client has logged in, and again when it sends another CONNECT. */
  void connected(Connection client);

  /** Called when a client has gone or was closed, even if it never logged in. */
  void disconnected(Connection client, CloseReason reason);

  /** Called when a client publishes a message that it may publish, before anybody receives it. */
  void published(Connection client, Message message);

  /** Called when a client has subscribed. */
  void subscribed(Connection client, String subject, @Nullable String queue, String sid);

  /**
   * Called when a client ends a subscription.
   *
   * @param max after how many messages in all; 0 for at once
   */
  void unsubscribed(Connection client, String sid, int max);

  /**
   * Called when a message goes to a client.
   *
   * @param subscription the one it is for
   */
  void delivered(Connection client, Subscription subscription, Message message);

  /** Called when a client has sent PING or PONG. */
  void received(Connection client, String operation);

  /**
   * Called when a client has sent CONNECT, before it is looked at, or an operation that is refused.
   *
   * @param operation its line, with all secrets
   */
  default void attempted(Connection client, String operation) {}

  /**
   * Called when the server sends a client anything but a message: INFO, PING, PONG, +OK or -ERR.
   *
   * @param line the operation with its line end; not to be written to
   */
  void sent(Connection client, byte[] line);
}
