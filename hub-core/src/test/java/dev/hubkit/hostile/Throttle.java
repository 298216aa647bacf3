package dev.hubkit.hostile;

import java.util.concurrent.TimeUnit;

/** Limits the bytes a second of all its callers together. Thread-safe. */
final class Throttle {
  private final double bytesPerSecond;
  private long free = System.nanoTime(); // when the next bytes may go

  Throttle(double bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Waits until {@code bytes} may go. */
  void take(int bytes) throws InterruptedException {
    long wait;
    synchronized (this) {
      long now = System.nanoTime();
      free = Math.max(free, now) + (long) (bytes / bytesPerSecond * 1e9);
      wait = free - now;
    }
    if (wait > 2_000_000) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
  }
}
