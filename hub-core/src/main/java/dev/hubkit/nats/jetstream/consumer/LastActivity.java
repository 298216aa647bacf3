package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.time.TimeSource;

/**
 * When messages of a consumer were last delivered and acknowledged, as its info reports it:
 * nanoseconds since the epoch, 0 for never. Confined to the stream's executor.
 */
final class LastActivity {
  private final TimeSource time;
  private long delivery;
  private long ack;

  LastActivity(TimeSource time) {
    this.time = time;
  }

  /** Notes that a message was delivered, or its deadline extended. */
  public void delivered() {
    delivery = time.epochNanos();
  }

  /** Notes that a message was acknowledged, or no longer needs to be. */
  public void acknowledged() {
    ack = time.epochNanos();
  }

  /** Notes what another replica of the consumer has done. */
  void elsewhere(boolean isDelivery, boolean isAck) {
    if (isDelivery) {
      delivered();
    }
    if (isAck) {
      acknowledged();
    }
  }

  /** Takes over what another object knew of the same consumer. */
  void resume(LastActivity before) {
    delivery = Math.max(delivery, before.delivery);
    ack = Math.max(ack, before.ack);
  }

  public void reset() {
    delivery = 0;
    ack = 0;
  }

  long delivery() {
    return delivery;
  }

  public long ack() {
    return ack;
  }
}
