package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import org.jspecify.annotations.Nullable;

/**
 * Observes clients and leaf nodes that come and go. Called on the thread on which it happens, which
 * may hold locks of the connection: must not block, nor touch the connection but to look at it.
 */
public interface ConnectionObserver {
  /** Does nothing. */
  ConnectionObserver NONE =
      new ConnectionObserver() {
        @Override
        public void connected(AuthenticatedPeer connection) {}

        @Override
        public void counted(Account account) {}

        @Override
        public void disconnected(AuthenticatedPeer connection, String reason, boolean counted) {}

        @Override
        public void refused(
            AuthenticatedPeer connection, CloseReason reason, @Nullable Account told, String why) {}
      };

  /** Called when a client has logged in, or has logged in again. */
  void connected(AuthenticatedPeer connection);

  /** Called when the connections of an account have become more or fewer, and nothing else. */
  void counted(Account account);

  /**
   * Called when a client is no longer counted as connected.
   *
   * @param reason as in {@code /connz}
   * @param counted whether its account has counted it
   */
  void disconnected(AuthenticatedPeer connection, String reason, boolean counted);

  /**
   * Called when a client was refused, after {@link #disconnected}.
   *
   * @param told the account whose events report it; null for the account of clients without a user
   * @param why the reason to report in that account; empty when only the system account is told
   */
  void refused(
      AuthenticatedPeer connection, CloseReason reason, @Nullable Account told, String why);
}
