package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.release.Compatibility;

/**
 * Counts the deliveries of each message, and gives up messages that were delivered as often as
 * {@code max_deliver} allows. Confined to the stream's executor.
 */
final class DeliveryLimit {
  private final ConsumerContext consumer;
  private final ConsumerStore state;
  private final AckFloor floor;
  private final Redeliveries redeliveries;
  private final LastActivity lastActive;
  private final ConsumerAdvisories advisories;

  DeliveryLimit(
      ConsumerContext consumer,
      ConsumerStore state,
      AckFloor floor,
      Redeliveries redeliveries,
      LastActivity lastActive,
      ConsumerAdvisories advisories) {
    this.consumer = consumer;
    this.state = state;
    this.floor = floor;
    this.redeliveries = redeliveries;
    this.lastActive = lastActive;
    this.advisories = advisories;
  }

  /**
   * Returns how often a message was delivered; like {@code deliveryCount} of nats-server, does not
   * distinguish one delivery from two.
   */
  public long count(long seq) {
    return Math.max(1, state.redelivered(seq));
  }

  /** Returns how often a message will have been delivered after its next redelivery. */
  long countOfNext(long seq) {
    long before = state.redelivered(seq) + 1;
    return redeliveries.isUncounted(seq) ? before : before + 1;
  }

  /**
   * Gives up a message that waits for its redelivery, if that would exceed the limit; returns
   * whether it did.
   */
  boolean exceededByNext(long seq, WorkBatch batch) {
    long max = consumer.config().maxDeliver();
    long count = countOfNext(seq);
    if (max <= 0 || count <= max) {
      return false;
    }
    redeliveries.remove(seq);
    state.setRedelivered(seq, count - 1);
    if (count == max + 1 || reportsAlways()) {
      advisories.exceeded(seq, count - 1, batch);
    }
    drop(seq);
    return true;
  }

  /**
   * Gives up a message whose deadline has passed, if the limit is reached; returns whether it did.
   */
  public boolean reached(long seq, WorkBatch batch) {
    long max = consumer.config().maxDeliver();
    long count = count(seq);
    if (max <= 0 || count < max) {
      return false;
    }
    if (reportsAlways()) {
      advisories.exceeded(seq, state.redelivered(seq) + 1, batch);
    } else if (count == max) {
      advisories.exceeded(seq, count, batch);
    }
    if (consumer.config().isFull(state.pendingCount())) {
      consumer.wake(batch);
    }
    drop(seq);
    state.setRedelivered(seq, Math.max(count, state.redelivered(seq)));
    return true;
  }

  /**
   * Returns whether each message that is given up is reported, also after the limit was lowered.
   */
  private boolean reportsAlways() {
    return consumer.stream().jetStream().compatibility().atLeast(Compatibility.V2_15);
  }

  private void drop(long seq) {
    long delivery = state.pendingConsumer(seq);
    if (delivery != 0) {
      state.removePending(seq);
      lastActive.delivered();
      floor.passed(seq, delivery);
    }
  }
}
