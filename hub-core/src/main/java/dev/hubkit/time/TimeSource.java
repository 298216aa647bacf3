package dev.hubkit.time;

import java.time.Duration;
import java.time.Instant;

/**
 * A clock and its timers. Both servers take all time from here.
 *
 * <p>Implementations are thread-safe.
 */
public interface TimeSource {
  /**
   * Wall-clock time in nanoseconds since the Unix epoch, the unit NATS stamps messages with. Good
   * until the year 2262.
   */
  long epochNanos();

  /** Monotonic time in nanoseconds from an arbitrary origin; only differences mean anything. */
  long nanoTime();

  /**
   * Runs {@code task} once, {@code delayNanos} from now (at once when zero or negative). The task
   * runs on the thread of this source and must not block. A task that others rely on is a {@link
   * dev.hubkit.work.SupervisedTask}, which handles its failure.
   */
  Timer schedule(long delayNanos, Runnable task);

  /** {@link #epochNanos()} as an {@link Instant}. */
  default Instant now() {
    long nanos = epochNanos();
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }

  /** Like {@link #schedule(long, Runnable)}, for delays that are not on a hot path. */
  default Timer schedule(Duration delay, Runnable task) {
    return schedule(Nanos.of(delay), task);
  }
}
