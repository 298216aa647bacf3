package dev.hubkit.nats.account;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One interest in a subject. Belongs to one account and one subscriber; made by the account.
 * Immutable but for its delivery count and end.
 */
public final class Subscription {
  private final String subject;
  private final @Nullable String queue;
  private final String sid;
  private final Subscriber subscriber;
  private final byte[] sidBytes;
  private volatile boolean open = true;
  // How to end what feeds this one from other accounts. Guarded by this object's monitor.
  private List<Runnable> endings = List.of();
  // Guarded by the subscriber's lock.
  private long delivered;
  private long max;

  Subscription(String subject, @Nullable String queue, String sid, Subscriber subscriber) {
    this.subject = subject;
    this.queue = queue;
    this.sid = sid;
    this.subscriber = subscriber;
    this.sidBytes = sid.getBytes(StandardCharsets.UTF_8);
  }

  public String subject() {
    return subject;
  }

  /** Returns the queue group; null when the subscription is in none. */
  public @Nullable String queue() {
    return queue;
  }

  /** Returns the subscription id the client chose. */
  public String sid() {
    return sid;
  }

  public Subscriber subscriber() {
    return subscriber;
  }

  /** Returns whether it is open; after unsubscribing, nothing is delivered to it any more. */
  public boolean isOpen() {
    return open;
  }

  /** Returns the subscription id in UTF-8. Not to be written to. */
  public byte[] sidBytes() {
    return sidBytes;
  }

  /**
   * Counts a message that is about to be delivered. The subscriber calls this, and the two below,
   * under one lock of its own.
   *
   * @return false when the subscription has had all it asked for
   */
  public boolean countDelivery() {
    if (max > 0 && delivered >= max) {
      return false;
    }
    delivered++;
    return true;
  }

  /** Returns whether the last message admitted was the last of all. */
  public boolean isUsedUp() {
    return max > 0 && delivered >= max;
  }

  /**
   * Ends the subscription after {@code messages} in all.
   *
   * @return false when that many have been delivered already, or the number is not positive
   */
  public boolean limit(long messages) {
    max = messages > 0 && messages > delivered ? messages : 0;
    return max > 0;
  }

  /** Returns how many messages were admitted. */
  public long delivered() {
    return delivered;
  }

  /** Returns how many messages it ends after; 0 for no end. */
  public long max() {
    return max;
  }

  void end() {
    open = false;
  }

  /**
   * Takes what ends a shadow of this subscription, which feeds it from another account.
   *
   * @return false when this subscription has ended already
   */
  synchronized boolean addShadow(Runnable ending) {
    if (!open) {
      return false;
    }
    List<Runnable> all = new ArrayList<>(endings);
    all.add(ending);
    endings = all;
    return true;
  }

  void unsubscribeShadows() {
    List<Runnable> all;
    synchronized (this) {
      all = endings;
      endings = List.of();
    }
    all.forEach(Runnable::run);
  }

  @Override
  public String toString() {
    return subject + (queue == null ? "" : " (" + queue + ")") + " #" + sid;
  }
}
