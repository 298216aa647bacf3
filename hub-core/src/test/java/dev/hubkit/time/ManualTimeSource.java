package dev.hubkit.time;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until a test advances it. Timers run on the thread that calls {@link
 * #advance}, in the order of their deadlines; timers with the same deadline run in the order in
 * which they were scheduled. Each sees its own deadline as the current time.
 */
public final class ManualTimeSource implements TimeSource {
  private final long epochOrigin;
  private final Deadlines deadlines = new Deadlines();
  private volatile long elapsed;

  /** Makes a source that stands at {@code start}. */
  public ManualTimeSource(Instant start) {
    epochOrigin = Math.addExact(start.getEpochSecond() * 1_000_000_000L, start.getNano());
  }

  @Override
  public long epochNanos() {
    return epochOrigin + elapsed;
  }

  @Override
  public long nanoTime() {
    return elapsed;
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    synchronized (deadlines) {
      Deadlines.Deadline deadline = deadlines.add(Deadlines.due(elapsed, delayNanos), task);
      return () -> deadlines.remove(deadline);
    }
  }

  /**
   * Moves time forward and runs every timer that falls due on the way, including those that the
   * timers themselves schedule. A timer scheduled without delay runs at the next call, even by
   * zero.
   *
   * @throws IllegalArgumentException if {@code by} is negative
   */
  public void advance(Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("Time can't be moved back: " + by);
    }
    long target = Deadlines.due(elapsed, by.toNanos());
    for (Deadlines.Deadline next = take(target); next != null; next = take(target)) {
      next.task().run();
    }
    synchronized (deadlines) {
      elapsed = Math.max(elapsed, target);
    }
  }

  /** Returns how many timers are waiting. */
  public int pendingTimers() {
    return deadlines.size();
  }

  private Deadlines.@Nullable Deadline take(long target) {
    synchronized (deadlines) {
      Deadlines.Deadline next = deadlines.poll(target);
      if (next != null) {
        elapsed = Math.max(elapsed, next.at());
      }
      return next;
    }
  }
}
