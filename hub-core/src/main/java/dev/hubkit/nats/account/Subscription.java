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
}
