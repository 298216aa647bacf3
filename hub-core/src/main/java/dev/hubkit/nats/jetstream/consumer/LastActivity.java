package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.time.TimeSource;

/**
 * When something last happened to what a consumer has delivered, as its info tells it: nanoseconds
 * since the epoch, 0 for never. Confined to the stream's executor.
 */
final class LastActivity {
  private final TimeSource time;
  private long delivery;
  private long ack;

  LastActivity(TimeSource time) {
    this.time = time;
  }

  /** A message was delivered, or stays so for longer. */
  public void delivered() {
    delivery = time.epochNanos();
  }

  /** Something was acknowledged, or needs to be no more. */
  public void acknowledged() {
    ack = time.epochNanos();
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
