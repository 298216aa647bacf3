package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.time.Nanos;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Deletes a consumer that no client has used for its inactive threshold. A consumer that is not
 * durable always has a threshold. Confined to the stream's executor.
 */
final class InactivityTimer {
  /** The threshold of consumers that are not durable and configure none. */
  private static final long DEFAULT_THRESHOLD = TimeUnit.SECONDS.toNanos(5);

  /** The delay before a consumer that nobody uses is to be deleted again, as in nats-server. */
  private static final long ENDING = TimeUnit.SECONDS.toNanos(30);

  private final ConsumerContext consumer;
  private final DeliveryMode mode;
  private final SerialExecutor.Task end;
  private final SerialTimer timer;
  private long threshold;

  /**
   * Makes the timer of a consumer; it runs once there is a threshold.
   *
   * @param mode tells whether a client uses the consumer
   * @param end deletes the consumer, or asks for it
   */
  InactivityTimer(ConsumerContext consumer, DeliveryMode mode, SerialExecutor.Task end) {
    this.consumer = consumer;
    this.mode = mode;
    this.end = end;
    StreamContext stream = consumer.stream();
    this.timer = new SerialTimer(stream.time(), stream.executor(), this::expire);
  }

  /**
   * Applies the threshold of a configuration.
   *
   * @param durable whether the consumer is durable, and so may have no threshold
   * @return the configuration with the threshold in force
   */
  public ConsumerConfig adopt(ConsumerConfig config, boolean durable) {
    long asked = config.inactiveThreshold();
    if (asked > 0) {
      threshold = Nanos.plus(asked, config.isPush() ? 0 : jitter());
      return config;
    }
    if (durable) {
      threshold = 0;
      return config;
    }
    threshold = DEFAULT_THRESHOLD + jitter();
    return config.toBuilder().inactiveThreshold(DEFAULT_THRESHOLD).build();
  }

  // Up to a second, so that many consumers do not end at the same time.
  private static long jitter() {
    return TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(100, 1000));
  }

  /** Restarts the time without use. */
  public void restart() {
    timer.cancel();
    unused();
  }

  /** Notes that a client uses the consumer until {@link #unused}. */
  public void used() {
    timer.cancel();
  }

  /** Notes that no client uses the consumer any more. */
  void unused() {
    if (threshold > 0 && !timer.isSet()) {
      timer.set(threshold);
    }
  }

  /** Notes that a client has answered. */
  public void onActivity() {
    // The timer itself looks at the clients of a pull consumer.
    boolean late = consumer.config().isPush() || !timer.isSetWithin(threshold);
    if (timer.isSet() && late) {
      timer.set(threshold);
    }
  }

  private void expire(WorkBatch batch) {
    if (!consumer.isServing()) {
      return;
    }
    long wait = mode.inUse(threshold, batch);
    if (wait == 0) {
      // Comes again if the consumer outlives it: a cluster without a leader deletes nothing.
      timer.set(ENDING);
      end.run(batch);
    } else if (wait != DeliveryMode.UNTIL_TOLD) {
      timer.set(wait);
    }
  }

  public void close() {
    timer.cancel();
  }
}
