package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import org.jspecify.annotations.Nullable;

/**
 * Told of clients that come and go. Called on the thread on which it happens, which may hold locks
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

  /** A client has logged in, or logged in anew. */
  void connected(Connection connection);

  /** A client is not counted any more. */
  void disconnected(Connection connection, CloseReason reason);

  /**
   * A client was not let in; {@link #disconnected} has been told of it.
   *
   * @param told the account that is to hear of it; null for that of clients without a user
   * @param why what that is to hear
   */
  void refused(Connection connection, CloseReason reason, @Nullable Account told, String why);
}
