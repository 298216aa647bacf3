package dev.hubkit.time;

import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Tasks in the order in which they are due; tasks that are due at the same time keep the order in
 * which they were added. Thread-safe; a caller that combines this with other changes holds this
 * object's monitor.
 */
final class Deadlines {
  private final TreeSet<Deadline> waiting = new TreeSet<>();
  private long sequence;

  /** A task, and when it is due in nanoseconds of its source. */
  record Deadline(long at, long sequence, Runnable task) implements Comparable<Deadline> {
    @Override
    public int compareTo(Deadline other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  /**
   * Returns when something is due; {@link Long#MAX_VALUE}, which is never, when that is beyond 64
   * bits.
   */
  static long due(long now, long delay) {
    long due = now + Math.max(0, delay);
    return due < 0 ? Long.MAX_VALUE : due;
  }

  synchronized Deadline add(long at, Runnable task) {
    Deadline deadline = new Deadline(at, sequence++, task);
    waiting.add(deadline);
    return deadline;
  }

  synchronized void remove(Deadline deadline) {
    waiting.remove(deadline);
  }

  /** Removes the first task that is due at {@code now}, and returns it; null when none is due. */
  synchronized @Nullable Deadline poll(long now) {
    if (waiting.isEmpty() || waiting.first().at > now) {
      return null;
    }
    return waiting.pollFirst();
  }

  /** When the first task is due; {@link Long#MAX_VALUE} when there is none. */
  synchronized long next() {
    return waiting.isEmpty() ? Long.MAX_VALUE : waiting.first().at;
  }

  /** Returns the first task; null when there is none. */
  synchronized @Nullable Deadline first() {
    return waiting.isEmpty() ? null : waiting.first();
  }

  synchronized int size() {
    return waiting.size();
  }

  synchronized void clear() {
    waiting.clear();
  }
}
