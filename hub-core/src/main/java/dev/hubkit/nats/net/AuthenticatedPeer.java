package dev.hubkit.nats.net;

import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.ServerInfo;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A client, or the other side of a leaf node connection, once it has shown who it is: as events and
 * reports tell of it, and as the token of its account disposes of it. Thread-safe.
 */
public interface AuthenticatedPeer extends LoginPeer {
  /** Returns what the other side said in CONNECT. */
  ConnectOptions options();

  /** Returns the user it has logged in as; null before it has. */
  @Nullable AuthenticatedUser user();

  /** Returns what the server tells everybody about itself. */
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

  /** Returns how often a publisher had to wait for it. */
  long stalls();

  /** Returns whether TLS began before INFO. */
  boolean isTlsFirst();

  // ---- The end.

  /** Returns why it was closed, in the words of monitoring; null when it is open. */
  @Nullable String closedBecause();

  /** Closes the connection once what waits has been written, if it can be written. */
  void close(CloseReason reason);

  /** Sends {@code -ERR} with the text and closes the connection. */
  void fail(CloseReason reason, String error);

  /**
   * Gives the user other permissions and limits, in the same account. Limits of the account that
   * have changed apply from now on, too.
   */
  void change(AuthenticatedUser changed);
}
