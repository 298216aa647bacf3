package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;

/**
 * Another server of the cluster, as the subscriber that stands for its clients: a subscription of
 * it says that somebody there wants messages of a subject. A message goes there once however many
 * of them match, and is not sent on from there. Thread-safe.
 */
public interface RoutedSubscriber extends Subscriber {
  /**
   * Hands over a message for all who subscribed there in no queue group, and for one member of each
   * of {@code queues}. Must not block.
   *
   * @param account the name of the account it was published in
   * @param route the subject its subscribers asked for; not always that of the message
   */
  void forward(String account, String route, Message message, String[] queues, WorkBatch batch);

  /** Returns how many members the queue group of that subscription has there; at least 1. */
  int members(Subscription subscription);

  /** Not called: messages for neighbors are {@linkplain #forward forwarded}. */
  @Override
  default void deliver(Subscription subscription, Message message, WorkBatch batch) {
    throw new IllegalStateException("A message for another server is to be forwarded");
  }
}
