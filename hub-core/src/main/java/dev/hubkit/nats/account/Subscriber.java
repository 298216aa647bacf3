package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;

/** Where the messages of a subscription go: a client connection, or a part of the server. */
@FunctionalInterface
public interface Subscriber {
  /**
   * Takes one message. Must not block and must not keep {@code message} beyond the call (see {@link
   * Message#retain()}). May be called by several threads at once, never with a lock of the account
   * held.
   *
   * @param subscription the subscription that matched
   * @param message the message, its subject as the subscriber is to see it
   * @param batch where to defer what can wait for the end of the publisher's read batch
   */
  void deliver(Subscription subscription, Message message, WorkBatch batch);

  /**
   * Returns whether reports tell of the subscription; false for one that stands beside another of
   * the same purpose, where nats-server has a single one.
   */
  default boolean isReported() {
    return true;
  }
}
