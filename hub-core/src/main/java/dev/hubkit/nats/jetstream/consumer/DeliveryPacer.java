package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.runtime.StreamContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Computes how long a consumer waits before it sends a message: with the replay policy {@code
 * original} the time that passed between the message and the one before, with a rate limit until
 * its bytes fit. Confined to the stream's executor.
 */
final class DeliveryPacer {
  /** The shortest pause of a replay. */
  private static final long SMALLEST_GAP = TimeUnit.MILLISECONDS.toNanos(1);

  /** The assumed size of the largest message if the stream has no limit. */
  private static final long LARGEST_MESSAGE = 1024 * 1024;

  private final StreamContext stream;
  private @Nullable RateLimit rateLimit;

  /** The sequence up to which messages are replayed with their original pauses; 0 for none. */
  private long replayUntil;

  private long lastTimestamp;

  DeliveryPacer(StreamContext stream) {
    this.stream = stream;
  }

  /** Begins to replay what the stream holds now at its original speed. */
  public void replay() {
    replayUntil = stream.store().lastSequence();
    lastTimestamp = 0;
  }

  /** Notes that everything before {@code next} has been delivered, which may end the replay. */
  public void reached(long next) {
    if (next > replayUntil) {
      replayUntil = 0;
    }
  }

  /** Limits the rate to so many bits per second, unsigned; 0 for no limit. */
  public void limit(long bitsPerSecond) {
    long largest = stream.config().maxMessageSize();
    long burst = largest > 0 ? largest : LARGEST_MESSAGE;
    long now = stream.time().nanoTime();
    if (bitsPerSecond == 0) {
      rateLimit = null;
    } else if (rateLimit == null) {
      rateLimit = new RateLimit(bitsPerSecond, burst, now);
    } else {
      rateLimit.change(bitsPerSecond, burst, now);
    }
  }

  /**
   * Returns how many nanoseconds to wait before a message is sent, and counts the message as sent
   * then.
   *
   * @param timestamp when the message was stored, in nanoseconds since the epoch
   * @param bytes its length, including the subjects
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
