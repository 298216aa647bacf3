package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import org.jspecify.annotations.Nullable;

/**
 * Observes clients that come and go. Called on the thread on which it happens, which may hold locks
 * of the connection: must not block, nor touch the connection but to look at it.
 */
public interface ConnectionObserver {
  /** Does nothing. */
  ConnectionObserver NONE =
      new ConnectionObserver() {
        @Override
        public void connected(Connection connection) {}

        @Override
        public void disconnected(Connection connection, CloseReason reason) {}

        @Override
        public void refused(
            Connection connection, CloseReason reason, @Nullable Account told, String why) {}
      };

  /** Called when a client has logged in, or has logged in again. */
  void connected(Connection connection);

  /** Called when a client is no longer counted as connected. */
  void disconnected(Connection connection, CloseReason reason);

  /**
   * Called when a client was refused, after {@link #disconnected}.
   *
   * @param told the account whose events report it; null for the account of clients without a user
   * @param why the reason to report in that account; empty when only the system account is told
   */
  void refused(Connection connection, CloseReason reason, @Nullable Account told, String why);
}
