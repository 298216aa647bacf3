package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/**
 * The part of an account that exports and imports of other accounts work with: its name, and what
 * is published and subscribed to in it. Thread-safe.
 */
interface SubjectSpace {
  String name();

  /** See {@link Account#subscribe(String, String, String, Subscriber)}. */
  Subscription subscribe(String subject, @Nullable String queue, String sid, Subscriber subscriber);

  /** Ends a subscription of this account; nothing happens when it has ended already. */
  void unsubscribe(Subscription subscription);

  /** Returns whether {@link #map} may change a subject. */
  boolean hasMappings();

  /** See {@link Account#map}. */
  @Nullable String map(String subject);

  /** Publishes a message of the server itself; returns how many subscriptions took it. */
  int publish(Message message, WorkBatch batch);

  /** Publishes a message that comes from another account; returns how many took it. */
  int forward(Message message, WorkBatch batch);

  /** Delivers such a message as {@link #publishTo} does. */
  int forwardTo(String route, Message message, WorkBatch batch);

  /**
   * Delivers a message to the subscriptions that match {@code route}, under the subject the message
   * bears; returns how many took it.
   */
  int publishTo(String route, Message message, WorkBatch batch);

  /** Returns whether anybody waits on the literal {@code reply} now, here or behind an import. */
  boolean isAwaited(String reply);

  /** Calls {@code listener} whenever interest in the literal {@code subject} begins or ends. */
  Handle watch(String subject, InterestListener listener);
}
