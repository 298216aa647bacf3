package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Permits a message in the log once in an interval, however often its cause recurs. Thread-safe.
 */
public final class LogThrottle {
  private final TimeSource time;
  private final long interval;
  private final AtomicLong permittedAt = new AtomicLong(); // 0 when it never was

  /** Makes a throttle whose first message is permitted at once. */
  public LogThrottle(TimeSource time, Duration interval) {
    this.time = time;
    this.interval = interval.toNanos();
  }

  /** Returns whether the message may be logged now; if so, none is until the interval is over. */
  public boolean tryPermit() {
    long now = time.nanoTime();
    long before = permittedAt.get();
    return (before == 0 || now - before > interval) && permittedAt.compareAndSet(before, now);
  }
}
