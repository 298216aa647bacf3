package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/**
 * Is told what goes between the clients of a server and the server, as it happens: of one client in
 * the order in which it goes over the wire.
 *
 * <p>Called on the threads that serve clients, with locks of theirs held, so it must be quick, must
 * not block and must not call the server back. It has to be thread-safe. A message is good only
 * until the method returns; {@link Message#retain()} keeps it.
 */
public interface TrafficObserver {
  /** A client has logged in; again when it sends another CONNECT. */
  void connected(Connection client);

  /** A client is gone, or has been closed; also one that never logged in. */
  void disconnected(Connection client, CloseReason reason);

  /** A client publishes a message, which it may do; told before anybody gets it. */
  void published(Connection client, Message message);

  /** A client has subscribed. */
  void subscribed(Connection client, String subject, @Nullable String queue, String sid);

  /**
   * A client ends a subscription.
   *
   * @param max after how many messages in all; 0 for at once
   */
  void unsubscribed(Connection client, String sid, int max);

  /**
   * A message goes to a client.
   *
   * @param subscription the one it is for
   */
  void delivered(Connection client, Subscription subscription, Message message);

  /** A client has sent PING or PONG. */
  void received(Connection client, String operation);

  /**
   * A client is sent anything else but a message: INFO, PING, PONG, +OK or -ERR.
   *
   * @param line the operation with its line end; not to be written to
   */
  void sent(Connection client, byte[] line);
}
