package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;

/**
 * Another server of the cluster, as the subscriber that stands for its clients: its subscription
 * says that some client there has subscribed to a subject. A message goes there once, however many
 * subscriptions match, and no further. Thread-safe.
 */
public interface RoutedSubscriber extends Subscriber {
  /**
   * Forwards a message to all its subscribers in no queue group, and to one member of each of
   * {@code queues}. Must not block.
   *
   * @param account the name of the account it was published in
   * @param route the subject that subscriptions must match; not always that of the message
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
