package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.Message;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, as seen by authenticators, by reports, and by tests that inject faults.
 * Thread-safe.
 */
public interface Connection extends AuthenticatedPeer {
  @Override
  default String kind() {
    return "Client";
  }

  @Override
  default ConnectionType connectionType() {
    return transport().type();
  }

  @Override
  default @Nullable InetSocketAddress remoteAddress() {
    return transport().remoteAddress();
  }

  @Override
  default @Nullable SSLSession tlsSession() {
    return transport().tlsSession();
  }

  /** Returns what the client calls itself; empty for nothing. */
  String name();

  /** Likewise, and ends subscriptions that these permissions forbid. */
  @Override
  void change(AuthenticatedUser changed);

  /**
   * Returns the account the client is in.
   *
   * @throws IllegalStateException if it has not logged in
   */
  Account account();

  /** Returns what carries its bytes. */
  Transport transport();

  @Override
  default boolean isTlsFirst() {
    return transport().isTlsFirst();
  }

  // ---- The end.

  /** Returns why it was closed; null when it is open. */
  @Nullable CloseReason closeReason();

  @Override
  default @Nullable String closedBecause() {
    CloseReason reason = closeReason();
    return reason == null ? null : reason.text();
  }

  /** Closes the connection as one of a slow consumer, and counts it as one. */
  void overrun();

  /** Breaks the connection without a word, if there is a socket; else closes it. */
  void cut();

  // ---- What an operator or a fault injector makes it do.

  /**
   * Tells the client that the server is about to go, though it is not.
   *
   * @return false when the client takes no INFO, or not yet
   */
  boolean sendLameDuck();

  /** Delivers a message that a {@link FaultInjector} has held back. */
  void deliver(Subscription subscription, Message message);

  /** Publishes a message of this client that a {@link FaultInjector} has held back. */
  void publish(Message message);

  /**
   * Carries out nothing more of what the client sends, after the present operation, until {@link
   * #resumeOperations()}. Called by a {@link FaultInjector}, on the thread that reads.
   */
  void holdOperations();

  /** Carries out what {@link #holdOperations()} has held back, and what comes after it. */
  void resumeOperations();

  /** Returns the faults of the link; null where the server has no {@link FaultInjector}. */
  @Nullable LinkFaults link();
}
