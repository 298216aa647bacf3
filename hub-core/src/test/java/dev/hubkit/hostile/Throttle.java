package dev.hubkit.hostile;

import java.util.concurrent.TimeUnit;

/** Lets so many bytes a second through, of all who ask together. Thread-safe. */
final class Throttle {
  private final double bytesPerSecond;
  private long free = System.nanoTime(); // when the next may go

  Throttle(double bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Waits until so many bytes may go. */
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
