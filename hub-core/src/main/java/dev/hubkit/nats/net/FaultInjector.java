package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.Message;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Injects faults into the traffic between clients and a server, so that tests see how clients
 * handle them. A server that is started with an injector puts {@link LinkFaults} below each of its
 * TCP connections.
 *
 * <p>Called on the threads that serve clients. Implementations are thread-safe and do not block.
 */
public interface FaultInjector {
  /** Returns whether the server keeps an accepted socket; it resets one that it does not keep. */
  boolean admits(InetSocketAddress remote);

  /** Returns whether the server keeps a client that has just logged in; if not, it resets it. */
  boolean admits(Connection client);

  /**
   * Returns the message that takes the place of one that a client publishes.
   *
   * @param message valid only until this method returns, unless {@linkplain Message#retain()
   *     retained}
   * @return null to publish none now; {@link Connection#publish(Message)} publishes a retained
   *     message later
   */
  @Nullable Message publishing(Connection client, Message message);

  /**
   * Returns whether the server carries out a subscription now. If not, it carries out nothing of
   * the client, this subscription first, until {@link Connection#resumeOperations()}.
   */
  boolean subscribing(Connection client, String subject);

  /**
   * Returns the message that takes the place of one on its way to a client. The server calls this
   * with no lock held.
   *
   * @param message valid only until this method returns, unless {@linkplain Message#retain()
   *     retained}
   * @return null to deliver none now; {@link Connection#deliver(Subscription, Message)} delivers a
   *     retained message later
   */
  @Nullable Message delivering(Connection client, Subscription subscription, Message message);

  /**
   * Called with a request that nobody subscribes to, before the server tells its client so.
   *
   * @param message valid only until this method returns, unless {@linkplain Message#retain()
   *     retained}
   * @return whether the injector answers the request later; the server then says nothing
   */
  default boolean takesUnanswered(Connection client, Message message) {
    return false;
  }
}
