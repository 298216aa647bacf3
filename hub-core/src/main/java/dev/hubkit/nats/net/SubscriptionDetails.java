package dev.hubkit.nats.net;

import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * What reports say of a subscription, as it was at one moment.
 *
 * @param queue the queue group; null for none
 * @param sid the ID that the client chose
 * @param delivered how many messages it has had
 * @param max how many messages it ends after; 0 for no end
 */
public record SubscriptionDetails(
    String subject, @Nullable String queue, String sid, long delivered, long max) {

  /**
   * Returns those of a subscription whose client has gone, and with it what it was to end after.
   */
  static SubscriptionDetails ofEnded(Subscription subscription) {
    return new SubscriptionDetails(
        subscription.subject(),
        subscription.queue(),
        subscription.sid(),
        subscription.delivered(),
        0);
  }

  /** Returns those of a subscription as it is now. */
  public static SubscriptionDetails of(Subscription subscription) {
    return new SubscriptionDetails(
        subscription.subject(),
        subscription.queue(),
        id(subscription),
        subscription.delivered(),
        subscription.max());
  }

  // A leaf node or hub chooses none: what it subscribes to stands for it.
  private static String id(Subscription subscription) {
    if (!(subscription.subscriber() instanceof RoutedSubscriber)) {
      return subscription.sid();
    }
    String queue = subscription.queue();
    return subscription.subject() + (queue == null ? "" : " " + queue);
  }
}
