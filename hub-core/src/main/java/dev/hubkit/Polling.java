package dev.hubkit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Waits for another process, which cannot signal this one. Always uses real time, since the other
 * process does not share the clock that a test may have given this one.
 */
final class Polling {
  private static final long INTERVAL_MILLIS = 10;

  private final long end;

  private Polling(long end) {
    this.end = end;
  }

  static Polling atMost(Duration time) {
    return new Polling(System.nanoTime() + time.toNanos());
  }

  boolean isOver() {
    return System.nanoTime() - end >= 0;
  }

  Duration left() {
    return Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
  }

  /** Waits a moment before the next look. */
  void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubException(HubException.Reason.TIMEOUT, "interrupted while waiting for a hub", e);
    }
  }
}
