package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.Message;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Spoils what goes between clients and a server on purpose, so that tests see what clients make of
 * it. A server that is started with one puts a {@link LinkFaults} below each of its TCP
 * connections.
 *
 * <p>Called on the threads that serve clients. Implementations are thread-safe and do not block.
 */
public interface FaultInjector {
  /** Whether a socket that was accepted may stay; one that may not is reset at once. */
  boolean admits(InetSocketAddress remote);

  /** Whether a client that has just logged in may stay; one that may not is reset at once. */
  boolean admits(Connection client);

  /**
   * What becomes of a message that a client publishes.
   *
   * @param message good only until this returns, unless {@linkplain Message#retain() retained}
   * @return the message that goes on in its place; null when none does now. One that is kept can go
   *     on later by {@link Connection#publish(Message)}.
   */
  @Nullable Message publishing(Connection client, Message message);

  /**
   * What becomes of a message on its way to a client; called with no lock held.
   *
   * @param message good only until this returns, unless {@linkplain Message#retain() retained}
   * @return the message that goes on in its place; null when none does now. One that is kept can go
   *     on later by {@link Connection#deliver(Subscription, Message)}.
   */
  @Nullable Message delivering(Connection client, Subscription subscription, Message message);
}
