package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ServerInfo;
import java.net.InetSocketAddress;
import java.util.Collection;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, as seen by authenticators, by reports, and by tests that inject faults.
 * Thread-safe.
 */
public interface Connection extends LoginPeer {
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

  /** Returns what the client said in CONNECT. */
  ConnectOptions options();

  /** Returns the user the client has logged in as; null before it has. */
  @Nullable AuthenticatedUser user();

  /**
   * Gives the user other permissions and limits, in the same account; ends subscriptions that these
   * forbid. Limits of the account that have changed apply from now on, too.
   */
  void change(AuthenticatedUser changed);

  /**
   * Returns the account the client is in.
   *
   * @throws IllegalStateException if it has not logged in
   */
  Account account();

  /** Returns what carries its bytes. */
  Transport transport();

  /** Returns what the server tells every client about itself. */
  ServerInfo server();

  /** Returns its subscriptions now. */
  Collection<Subscription> subscriptions();

  // ---- Times and counts.

  /** Returns when it connected, in nanoseconds since the epoch. */
  long started();

  /** Returns when it was closed, in nanoseconds since the epoch; 0 when it is open. */
  long stopped();

  /** Returns when it last sent something, in nanoseconds of the server's monotonic time. */
  long lastActivity();

  /** Returns the last round trip of a ping in nanoseconds; 0 when none has been measured. */
  long roundTripNanos();

  /** Returns how many bytes wait to be written. */
  long pendingBytes();

  long inMessages();

  long inBytes();

  long outMessages();

  long outBytes();

  /** Returns how often a publisher had to wait for this client. */
  long stalls();

  // ---- The end.

  /** Returns why it was closed; null when it is open. */
  @Nullable CloseReason closeReason();

  /** Closes the connection once what waits has been written, if it can be written. */
  void close(CloseReason reason);

  /** Sends {@code -ERR} with the text and closes the connection. */
  void fail(CloseReason reason, String error);

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
