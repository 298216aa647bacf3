package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.Nanos;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.MemoryBudget;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The user that a client is logged in as, until when, and what it may receive. Thread-safe. */
final class ClientIdentity {
  private static final Log log = Log.of(ClientIdentity.class);

  private final ConnectionControl connection;
  private final TimeSource time;
  private final TimeLimit loginLimit;
  private final TimeLimit expiry;
  // The account that counts this client.
  private final AtomicReference<@Nullable Account> joined = new AtomicReference<>();
  private volatile @Nullable AuthenticatedUser user;
  private volatile boolean filtered;
  private volatile @Nullable ReplyPermissions replyGrants;

  ClientIdentity(ConnectionControl connection, TimeSource time) {
    this.connection = connection;
    this.time = time;
    this.loginLimit = new TimeLimit(time, connection);
    this.expiry = new TimeLimit(time, connection);
  }

  /** Returns the user; null before the client has logged in. */
  @Nullable AuthenticatedUser user() {
    return user;
  }

  /** Returns the account the client is in. */
  Account account() {
    AuthenticatedUser known = user;
    if (known == null) {
      throw new IllegalStateException("Not logged in");
    }
    return known.account();
  }

  /** Closes the connection if the client does not begin to log in within {@code patience}. */
  void awaitLogin(Duration patience) {
    loginLimit.set(
        Nanos.of(patience),
        () -> end(CloseReason.AUTHENTICATION_TIMEOUT, "Authentication Timeout"));
    if (!connection.isOpen()) {
      loginLimit.meet();
    }
  }

  private void end(CloseReason reason, String error) {
    log.debug("{} - {}", connection, error);
    connection.fail(reason, error);
  }

  /**
   * Notes that the client has sent its credentials: a login that begins in time is not cut short
   * (processConnect of nats-server clears its timer first, too).
   *
   * @return false when it was too late, and the connection ends
   */
  boolean beginLogin() {
    return loginLimit.meet();
  }

  /**
   * Logs the client in as a user, if the account accepts one more client. On the reading thread.
   *
   * @return false when the account has as many clients as it may have
   */
  boolean login(AuthenticatedUser identity) {
    leave();
    expiry.meet();
    user = identity;
    if (!join(identity.account())) {
      // It has come into the account, but not as this user (registerWithAccount of nats-server).
      user = AuthenticatedUser.anyone(identity.account());
      return false;
    }
    filtered = false;
    grantReplies(identity);
    awaitExpiry(identity);
    return true;
  }

  private void awaitExpiry(AuthenticatedUser identity) {
    if (identity.expires() > 0) {
      expiry.set(
          identity.expires() - time.epochNanos(),
          () -> end(CloseReason.AUTHENTICATION_EXPIRED, "User Authentication Expired"));
    } else {
      expiry.meet();
    }
    if (!connection.isOpen()) {
      // Closed meanwhile by another thread, which found no timer to end.
      expiry.meet();
    }
  }

  /** Replaces the user by the same one with other permissions. */
  void change(AuthenticatedUser changed) {
    user = changed;
    grantReplies(changed);
    awaitExpiry(changed);
  }

  /**
   * Counts the client anew.
   *
   * @return false when the account has more clients than it may have by now
   */
  boolean recount(Account account) {
    leave();
    return join(account);
  }

  private boolean join(Account account) {
    if (!account.join()) {
      return false;
    }
    joined.set(account);
    if (!connection.isOpen()) {
      // Closed meanwhile by another thread, which found nothing to count out.
      leave();
    }
    return true;
  }

  /** Counts the client out of its account, if it is counted there. */
  void leave() {
    Account counted = joined.getAndSet(null);
    if (counted != null) {
      counted.leave();
    }
  }

  /** Waits neither for the login nor for its expiry any more. */
  void cancelTimers() {
    loginLimit.meet();
    expiry.meet();
  }

  /** Returns whether each delivery must be checked, because some of them may be denied. */
  boolean isFiltered() {
    return filtered;
  }

  /** Sets whether any of the subscriptions needs that. */
  void filter(boolean needed) {
    filtered = needed;
  }

  /** Begins to check deliveries if a subscription to {@code subject} can match denied messages. */
  void subscribing(String subject) {
    AuthenticatedUser known = user;
    if (known != null && !filtered && known.permissions().needsFilter(subject)) {
      filtered = true;
    }
  }

  boolean mayReceive(Subscription subscription, Message message) {
    AuthenticatedUser known = user;
    return known == null || known.permissions().mayReceive(message.subject(), subscription.queue());
  }

  /**
   * Allows an answer to a message that is about to be sent, if the user has response permissions.
   */
  void grantReply(Message message) {
    ReplyPermissions grants = replyGrants;
    if (grants != null) {
      grants.grant(message.reply());
    }
  }

  /** Uses up one answer to {@code subject}, if there is one; returns whether there was. */
  boolean mayReplyTo(String subject) {
    ReplyPermissions grants = replyGrants;
    return grants != null && grants.use(subject);
  }

  private void grantReplies(AuthenticatedUser identity) {
    forgetReplies();
    ResponsePermission responses = identity.permissions().responses();
    if (responses != null) {
      replyGrants = new ReplyPermissions(responses, time, MemoryBudget.CONTENTS);
      if (!connection.isOpen()) {
        forgetReplies();
      }
    }
  }

  /** Allows no more answers to messages that the client was sent. */
  void forgetReplies() {
    ReplyPermissions grants = replyGrants;
    replyGrants = null;
    if (grants != null) {
      grants.close();
    }
  }
}
