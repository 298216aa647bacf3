package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/**
 * Another server, of the cluster or at the other end of a leaf node connection, as the subscriber
 * that stands for its clients: its subscription says that some client there has subscribed to a
 * subject. A message goes there once, however many subscriptions match, and from there only where
 * {@link #follows} lets it. Thread-safe.
 */
public interface RoutedSubscriber extends Subscriber {
  /**
   * Forwards a message to all its subscribers in no queue group, and to one member of each of
   * {@code queues}. Must not block.
   *
   * @param account the name of the account it was published in
   * @param origin the cluster whose leaf node has brought it; empty for none
   * @param route the subject that subscriptions must match; not always that of the message
   */
  void forward(
      String account,
      String origin,
      String route,
      Message message,
      String[] queues,
      WorkBatch batch);

  /** What another server is to this one. */
  enum Role {
    /** One of the same cluster. */
    ROUTE,
    /** The hub that this server is a leaf node of. */
    HUB,
    /** A leaf node of this server, its hub. */
    SPOKE
  }

  /** Returns what the other server is to this one. */
  Role role();

  /** Returns the name of the cluster that a leaf node or a hub is part of; empty for none. */
  default String cluster() {
    return "";
  }

  /**
   * Returns whether a message that another server has brought goes on to this one, if it wants it
   * (processMsgResults and isLeafEcho in nats-server's {@code client.go}): a server sends what is
   * published there to its whole cluster itself, and a cluster does not get back what it has sent.
   *
   * @param source the server that has brought it
   * @param origin the cluster whose leaf node has brought it there or here; empty for none
   * @param subject the subject of the message
   */
  default boolean follows(RoutedSubscriber source, String origin, String subject) {
    if (source == this) {
      return false;
    }
    Role from = source.role();
    return switch (role()) {
      case ROUTE -> from == Role.SPOKE;
      case SPOKE -> !isOf(origin);
      case HUB ->
          from == Role.ROUTE ? subject.startsWith(ServiceReplyMapping.PREFIX) : !isOf(origin);
    };
  }

  private boolean isOf(String origin) {
    return !origin.isEmpty() && cluster().equals(origin);
  }

  /**
   * Returns the cluster of the leaf node that a subscription of the other server stands for, empty
   * where that is part of none; null for one of the other server's own clients.
   */
  default @Nullable String origin(Subscription subscription) {
    return cluster();
  }

  /** Returns how many subscriptions of clients one stands for: more than one for a queue group. */
  static int weightOf(Subscription subscription) {
    return subscription.subscriber() instanceof RoutedSubscriber server
        ? server.members(subscription)
        : 1;
  }

  /** Returns how many members the queue group of that subscription has there; at least 1. */
  int members(Subscription subscription);

  /** Called for a leaf node that subscribes to what its account imports from another one. */
  @Override
  void deliver(Subscription subscription, Message message, WorkBatch batch);
}
