package dev.hubkit.nats.account;

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
  private volatile boolean open = true;

  Subscription(String subject, @Nullable String queue, String sid, Subscriber subscriber) {
    this.subject = subject;
    this.queue = queue;
    this.sid = sid;
    this.subscriber = subscriber;
  }

  public String subject() {
    return subject;
  }

  /** The queue group; null when the subscription is in none. */
  public @Nullable String queue() {
    return queue;
  }

  /** The subscription id the client chose. */
  public String sid() {
    return sid;
  }

  public Subscriber subscriber() {
    return subscriber;
  }

  /** False once it has been unsubscribed; nothing is delivered to it any more. */
  public boolean isOpen() {
    return open;
  }

  void end() {
    open = false;
  }

  @Override
  public String toString() {
    return subject + (queue == null ? "" : " (" + queue + ")") + " #" + sid;
  }
}
