package dev.hubkit.nats.leaf;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.net.ReplyPermissions;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.SupervisedTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The user as which the other side of a leaf node connection is in an account here, until when, and
 * within which limits. Thread-safe.
 */
final class LeafIdentity {
  /** What the other side is told when its account has as many leaf nodes as it may have. */
  static final String TOO_MANY = "maximum account active connections exceeded";

  private static final String API = "$JS.API.";

  private final AuthenticatedPeer leaf;
  private final LeafServer server;
  private final TimeSource time;
  private final Runnable whenExpired;
  // The account that counts this connection.
  private final AtomicReference<@Nullable Account> joined = new AtomicReference<>();
  private volatile ConnectOptions options = ConnectOptions.DEFAULT;
  private volatile @Nullable AuthenticatedUser user;
  private volatile @Nullable ReplyPermissions replies;
  // Guarded by this object's monitor.
  private @Nullable Timer expiry;

  /**
   * Begins without a user.
   *
   * @param leaf the connection
   * @param whenExpired ends it
   */
  LeafIdentity(AuthenticatedPeer leaf, LeafServer server, TimeSource time, Runnable whenExpired) {
    this.leaf = leaf;
    this.whenExpired = whenExpired;
    this.server = server;
    this.time = time;
  }

  /**
   * Enters the account of a user.
   *
   * @param reported whether the system account hears its name
   * @return false when the account has as many leaf nodes as it may have
   */
  boolean enter(AuthenticatedUser identity, boolean reported) {
    Account account = identity.account();
    if (!account.joinLeafNode()) {
      // It has come into the account, but not as this user (registerWithAccount of nats-server).
      user = AuthenticatedUser.anyone(account);
      return false;
    }
    user = identity;
    joined.set(account);
    grantReplies(identity.permissions().responses());
    awaitExpiry(identity.expires());
    if (reported) {
      server.observer().connected(leaf);
    } else {
      server.observer().counted(account);
    }
    return true;
  }

  /** Notes what the other side has said in CONNECT. */
  void show(ConnectOptions connect) {
    options = connect;
  }

  private void grantReplies(@Nullable ResponsePermission responses) {
    if (responses != null) {
      replies = new ReplyPermissions(responses, time, MemoryBudget.CONTENTS);
    }
  }

  private synchronized void awaitExpiry(long at) {
    if (at > 0) {
      expiry = time.schedule(at - time.epochNanos(), new SupervisedTask(whenExpired, leaf));
    }
  }

  /** Counts the connection out, and waits for nothing any more. Once, on the reading thread. */
  void leave() {
    synchronized (this) {
      if (expiry != null) {
        expiry.cancel();
        expiry = null;
      }
    }
    ReplyPermissions granted = replies;
    if (granted != null) {
      granted.close();
    }
    Account counted = joined.getAndSet(null);
    if (counted != null) {
      counted.leaveLeafNode();
    }
    if (user != null) {
      server.disconnected(leaf, counted != null);
    }
  }

  /**
   * Allows an answer to a request that goes to the other side, where its user needs that. As with
   * nats-server (deliverMsg), none is allowed to a subject that could be sent there: the directions
   * have changed their places by then.
   */
  void grantReply(Message request, LeafPermissions crossing) {
    ReplyPermissions granted = replies;
    if (granted == null) {
      return;
    }
    String reply = request.reply();
    if (reply != null && !reply.startsWith(API) && !crossing.maySend(reply)) {
      granted.grant(reply);
    }
  }

  /** Uses up one answer to {@code subject}, if there is one; returns whether there was. */
  boolean mayReplyTo(String subject) {
    ReplyPermissions granted = replies;
    return granted != null && granted.use(subject);
  }

  ConnectOptions options() {
    return options;
  }

  @Nullable AuthenticatedUser user() {
    return user;
  }

  /** Replaces the user by the same one with other limits. */
  void change(AuthenticatedUser changed) {
    user = changed;
  }

  /** Returns how many subscriptions the other side may have; negative for no limit. */
  int maxSubscriptions() {
    int most = server.maxSubscriptions() > 0 ? server.maxSubscriptions() : -1;
    AuthenticatedUser known = user;
    return known == null
        ? most
        : lower(most, known.maxSubscriptions(), known.account().limits().subscriptions());
  }

  /** Returns the largest payload that the other side may send, in bytes; negative for no limit. */
  int maxPayload() {
    int most = server.info().maxPayload();
    AuthenticatedUser known = user;
    return known == null
        ? most
        : lower(most, known.maxPayload(), known.account().limits().payload());
  }

  private static int lower(int ofServer, int ofUser, int ofAccount) {
    return ClientLimits.lower(ofServer, ClientLimits.lower(ofUser, ofAccount));
  }
}
