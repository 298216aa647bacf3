package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.runtime.StreamContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a consumer waits before it sends a message: with the replay policy {@code original} as
 * long as the message came after the one before, and with a rate limit until there is room for its
 * bytes. Confined to the stream's executor.
 */
final class DeliveryPacer {
  /** Replay does not wait for less than this. */
  private static final long SMALLEST_GAP = TimeUnit.MILLISECONDS.toNanos(1);

  /** What the largest message is taken for where the stream has no limit. */
  private static final long LARGEST_MESSAGE = 1024 * 1024;

  private final StreamContext stream;
  private @Nullable RateLimit rateLimit;

  /** Up to this sequence messages are replayed with the gaps between them; 0 for none. */
  private long replayUntil;

  private long lastTimestamp;

  DeliveryPacer(StreamContext stream) {
    this.stream = stream;
  }

  /** Replays what is in the stream now at its original speed. */
  public void replay() {
    replayUntil = stream.store().lastSequence();
  }

  /** Everything before {@code next} is delivered: replay may be over. */
  public void reached(long next) {
    if (next > replayUntil) {
      replayUntil = 0;
    }
  }

  /** Sends so many bits each second at most, unsigned; 0 for no limit. */
  public void limit(long bitsPerSecond) {
    long largest = stream.config().maxMessageSize();
    rateLimit =
        bitsPerSecond == 0
            ? null
            : new RateLimit(
                bitsPerSecond, largest > 0 ? largest : LARGEST_MESSAGE, stream.time().nanoTime());
  }

  /**
   * How many nanoseconds to wait before a message is sent, which then is.
   *
   * @param timestamp when it was stored, in nanoseconds since the epoch
   * @param bytes its length with the subjects
   */
  public long waitFor(long timestamp, long bytes) {
    long wait = 0;
    if (replayUntil > 0 && lastTimestamp > 0) {
      long gap = timestamp - lastTimestamp;
      wait = gap > SMALLEST_GAP ? gap : 0;
    }
    lastTimestamp = timestamp;
    return rateLimit == null
        ? wait
        : Math.max(wait, rateLimit.reserve(bytes, stream.time().nanoTime()));
  }
}
