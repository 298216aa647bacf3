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
 * Ends a consumer that nobody has used for its inactive threshold. One that is not durable always
 * has a threshold. Confined to the stream's executor.
 */
final class InactivityTimer {
  /** The threshold of consumers that are not durable and don't name one. */
  private static final long DEFAULT_THRESHOLD = TimeUnit.SECONDS.toNanos(5);

  private final ConsumerContext consumer;
  private final DeliveryMode mode;
  private final SerialExecutor.Task end;
  private final SerialTimer timer;
  private long threshold;

  /**
   * Watches a consumer, once it has a threshold.
   *
   * @param mode knows whether anybody uses it
   * @param end ends it
   */
  InactivityTimer(ConsumerContext consumer, DeliveryMode mode, SerialExecutor.Task end) {
    this.consumer = consumer;
    this.mode = mode;
    this.end = end;
    StreamContext stream = consumer.stream();
    this.timer = new SerialTimer(stream.time(), stream.executor(), this::expire);
  }

  /**
   * Keeps to the threshold of a configuration from here on.
   *
   * @param durable whether there can be none
   * @return the configuration, with the threshold that it has then
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

  // Up to a second, so that many of them don't end at once.
  private static long jitter() {
    return TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(100, 1000));
  }

  /** The time without use begins anew. */
  public void restart() {
    timer.cancel();
    unused();
  }

  /** Somebody uses it and does so until {@link #unused}. */
  public void used() {
    timer.cancel();
  }

  /** Nobody uses it any more. */
  void unused() {
    if (threshold > 0 && !timer.isSet()) {
      timer.set(threshold);
    }
  }

  /** A client has answered. */
  public void onActivity() {
    // A pull consumer's clients are looked after when the timer goes off.
    boolean late = consumer.config().isPush() || !timer.isSetWithin(threshold);
    if (timer.isSet() && late) {
      timer.set(threshold);
    }
  }

  private void expire(WorkBatch batch) {
    if (consumer.isClosed()) {
      return;
    }
    long wait = mode.inUse(threshold, batch);
    if (wait == 0) {
      end.run(batch);
    } else if (wait != DeliveryMode.UNTIL_TOLD) {
      timer.set(wait);
    }
  }

  public void close() {
    timer.cancel();
  }
}
