package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.Subscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.work.MemoryBudget;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The subscriptions of one client, by the ids it chose, and the memory they take. Thread-safe. */
final class ClientSubscriptions {
  // So many may take the last of the memory there is, ...
  private static final int FEW = 50;
  // ... and more than so many only what can be spared.
  private static final int MANY = 1000;
  // Of a closed client, reports list no more than so many.
  private static final int MOST_REMEMBERED = 64;

  private final ConnectionControl connection;
  private final Subscriber subscriber;
  private final ClientIdentity identity;
  private final ConcurrentHashMap<String, Subscription> bySid = new ConcurrentHashMap<>();
  // What the client had when it was closed. Written by the one thread that closes it.
  private final List<SubscriptionDetails> ended = new ArrayList<>();
  private int endedCount;

  /**
   * Makes those of a client that has none yet.
   *
   * @param subscriber takes their messages
   */
  ClientSubscriptions(
      ConnectionControl connection, Subscriber subscriber, ClientIdentity identity) {
    this.connection = connection;
    this.subscriber = subscriber;
    this.identity = identity;
  }

  /**
   * Adds a subscription; an id that is in use already keeps the one it stands for.
   *
   * @return false when there is no memory for it
   */
  boolean add(String subject, @Nullable String queue, String sid) {
    int bytes = footprint(subject, sid);
    if (!reserve(bytes)) {
      return false;
    }
    account().holdSubscriptions(bytes);
    identity.subscribing(subject);
    Subscription made = account().subscribe(subject, queue, sid, subscriber);
    bySid.put(sid, made);
    // A close that came in between has not seen it.
    if (!connection.isOpen()) {
      remove(made);
    }
    return true;
  }

  // A client with many subscriptions leaves some memory for those that want their first.
  private boolean reserve(int bytes) {
    int held = bySid.size();
    if (held >= MANY) {
      return MemoryBudget.CONTENTS.reserveSpare(bytes);
    }
    boolean isLast = held >= FEW && !MemoryBudget.CONTENTS.hasRoomFor(0, 0);
    return !isLast && MemoryBudget.CONTENTS.reserve(bytes);
  }

  // What a subscription takes here and in the account, with its part of their tables.
  private static int footprint(String subject, String sid) {
    return 384 + 3 * subject.length() + 2 * sid.length();
  }

  @Nullable Subscription find(String sid) {
    return bySid.get(sid);
  }

  int count() {
    return bySid.size();
  }

  /** Returns a view of them. */
  Collection<Subscription> all() {
    return Collections.unmodifiableCollection(bySid.values());
  }

  void remove(Subscription subscription) {
    if (bySid.remove(subscription.sid(), subscription)) {
      int bytes = footprint(subscription.subject(), subscription.sid());
      MemoryBudget.CONTENTS.release(bytes);
      account().holdSubscriptions(-bytes);
    }
    account().unsubscribe(subscription);
  }

  /** Ends all of them, with the connection. */
  void removeAll() {
    for (Subscription subscription : bySid.values()) {
      if (ended.size() < MOST_REMEMBERED) {
        ended.add(SubscriptionDetails.ofEnded(subscription));
      }
      endedCount++;
      remove(subscription);
    }
  }

  /** Returns what to remember of the client, which has been closed. */
  ConnectionDetails remember(AuthenticatedPeer client) {
    return ConnectionDetails.ofClosed(client, endedCount, List.copyOf(ended));
  }

  /**
   * Removes those that {@code permissions} forbid, and has deliveries filtered if one of the others
   * needs that.
   *
   * @return those that were removed
   */
  List<Subscription> removeForbidden(Permissions permissions) {
    List<Subscription> removed = new ArrayList<>();
    boolean filter = false;
    for (Subscription subscription : bySid.values()) {
      if (!permissions.maySubscribe(subscription.subject(), subscription.queue())) {
        remove(subscription);
        removed.add(subscription);
      } else {
        filter |= permissions.needsFilter(subscription.subject());
      }
    }
    identity.filter(filter);
    return removed;
  }

  private Account account() {
    return identity.account();
  }
}
