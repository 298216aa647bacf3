package dev.hubkit.junit.journal;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The last expectations that were not met. Thread-safe. */
final class UnmetExpectations {
  private static final int MOST = 64;

  private final Deque<Unmet> newestFirst = new ArrayDeque<>();

  /**
   * Adds one of the calling thread.
   *
   * @param after the number of the last entry at that time
   */
  synchronized void add(UnmetExpectation expectation, long after) {
    newestFirst.addFirst(new Unmet(expectation, after, Thread.currentThread().getId()));
    if (newestFirst.size() > MOST) {
      newestFirst.removeLast();
    }
  }

  /**
   * Returns the newest one since an entry.
   *
   * @param ofThisThread whether only those of the calling thread count
   */
  synchronized @Nullable UnmetExpectation newest(long since, boolean ofThisThread) {
    long here = Thread.currentThread().getId();
    for (Unmet unmet : newestFirst) {
      if (unmet.after() >= since && (!ofThisThread || unmet.thread() == here)) {
        return unmet.expectation();
      }
    }
    return null;
  }

  private record Unmet(UnmetExpectation expectation, long after, long thread) {}
}
