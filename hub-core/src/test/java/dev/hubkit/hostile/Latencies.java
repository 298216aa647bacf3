package dev.hubkit.hostile;

import java.util.Arrays;
import java.util.Locale;

/** Records how long operations of one kind took. Thread-safe. */
final class Latencies {
  private long[] nanos = new long[1024];
  private int count;

  synchronized void add(long taken) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, count * 2);
    }
    nanos[count++] = taken;
  }

  synchronized int count() {
    return count;
  }

  @Override
  public synchronized String toString() {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return count == 0
        ? "none"
        : String.format(
            Locale.ROOT,
            "%d, p50 %.1f ms, p99 %.1f ms, max %.1f ms",
            count,
            sorted[count / 2] / 1e6,
            sorted[(int) (count * 0.99)] / 1e6,
            sorted[count - 1] / 1e6);
  }
}
