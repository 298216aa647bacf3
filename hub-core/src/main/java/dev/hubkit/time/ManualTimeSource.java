package dev.hubkit.time;

import java.time.Duration;
import java.time.Instant;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until it is advanced. Timers run on the thread that calls {@link
 * #advance}, in the order of their deadlines, those of one deadline in the order they were
 * scheduled, and each sees its own deadline as the current time.
 */
public final class ManualTimeSource implements TimeSource {
  private final Object lock = new Object();
  private final long epochOrigin;
  private final TreeSet<Deadline> deadlines = new TreeSet<>();
  private volatile long elapsed;
  private long sequence;

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
    synchronized (lock) {
      Deadline deadline = new Deadline(due(Math.max(0, delayNanos)), sequence++, task);
      deadlines.add(deadline);
      return () -> {
        synchronized (lock) {
          deadlines.remove(deadline);
        }
      };
    }
  }

  /**
   * Moves time forward and runs every timer that falls due on the way, also those that the timers
   * themselves schedule. A timer scheduled without delay runs at the next call, even by zero.
   *
   * @throws IllegalArgumentException if {@code by} is negative
   */
  public void advance(Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("Time can't be moved back: " + by);
    }
    long target = due(by.toNanos());
    for (Deadline next = take(target); next != null; next = take(target)) {
      next.task.run();
    }
    synchronized (lock) {
      elapsed = Math.max(elapsed, target);
    }
  }

  /** How many timers are waiting. */
  public int pendingTimers() {
    synchronized (lock) {
      return deadlines.size();
    }
  }

  private long due(long delayNanos) {
    long due = elapsed + delayNanos;
    return due < 0 ? Long.MAX_VALUE : due;
  }

  private @Nullable Deadline take(long target) {
    synchronized (lock) {
      if (deadlines.isEmpty() || deadlines.first().at > target) {
        return null;
      }
      Deadline next = deadlines.first();
      deadlines.remove(next);
      elapsed = Math.max(elapsed, next.at);
      return next;
    }
  }

  private record Deadline(long at, long sequence, Runnable task) implements Comparable<Deadline> {
    @Override
    public int compareTo(Deadline other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }
}
