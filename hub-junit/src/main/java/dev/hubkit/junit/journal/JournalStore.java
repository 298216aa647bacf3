package dev.hubkit.junit.journal;

import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The entries of a journal, of which it drops the oldest. Thread-safe. */
final class JournalStore {
  private final TimeSource time;
  private final boolean traced;
  private final ArrayDeque<JournalEntry> entries = new ArrayDeque<>();
  // Written with the monitor held.
  private volatile long last;
  private long bytes;
  private long dropped;
  private int waiting;
  private volatile boolean running = true;

  /**
   * Makes a store without entries.
   *
   * @param traced whether entries know what only a trace shows
   */
  JournalStore(TimeSource time, boolean traced) {
    this.time = time;
    this.traced = traced;
  }

  synchronized void setRunning(boolean on) {
    running = on;
  }

  /** Returns whether entries know what only a trace shows. */
  boolean isTraced() {
    return traced;
  }

  boolean isRunning() {
    return running;
  }

  synchronized void clear() {
    entries.clear();
    bytes = 0;
    dropped = 0;
  }

  /** Returns how many entries were dropped for newer ones since the journal was last empty. */
  synchronized long dropped() {
    return dropped;
  }

  /** Returns the number of the newest entry so far. */
  long last() {
    return last;
  }

  synchronized void add(JournalEntry.Builder entry) {
    if (!running) {
      // Someone stopped the journal after the caller's check.
      return;
    }
    long place = last + 1;
    JournalEntry made = entry.build(place, time.now(), traced ? System.nanoTime() : 0);
    last = place;
    entries.add(made);
    bytes += made.size();
    while (entries.size() > Journal.MOST_ENTRIES
        || (bytes > Journal.MOST_BYTES && entries.size() > 1)) {
      bytes -= entries.remove().size();
      dropped++;
    }
    if (waiting > 0) {
      notifyAll();
    }
  }

  synchronized List<JournalEntry> find(Predicate<JournalEntry> condition, long after) {
    List<JournalEntry> found = new ArrayList<>();
    for (JournalEntry entry : entries) {
      if (entry.number() > after && condition.test(entry)) {
        found.add(entry);
      }
    }
    return found;
  }

  /** Collects entries until there are enough; returns false if there are too few in time. */
  synchronized boolean await(
      Predicate<JournalEntry> condition,
      long after,
      int count,
      List<JournalEntry> found,
      Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    long seen = after;
    waiting++;
    try {
      while (true) {
        collect(condition, seen, count, found);
        seen = last;
        long left = end - System.nanoTime();
        if (found.size() >= count || left <= 0) {
          return found.size() >= count;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      waiting--;
    }
  }

  /** Collects entries until there are enough; returns the number of the newest entry. */
  synchronized long collectNow(
      Predicate<JournalEntry> condition, long after, int count, List<JournalEntry> found) {
    collect(condition, after, count, found);
    return last;
  }

  // Backwards from the end to the last entry seen, which is usually near.
  private void collect(
      Predicate<JournalEntry> condition, long seen, int count, List<JournalEntry> found) {
    List<JournalEntry> fresh = new ArrayList<>();
    Iterator<JournalEntry> backwards = entries.descendingIterator();
    while (backwards.hasNext()) {
      JournalEntry entry = backwards.next();
      if (entry.number() <= seen) {
        break;
      }
      fresh.add(entry);
    }
    for (int i = fresh.size() - 1; i >= 0 && found.size() < count; i--) {
      if (condition.test(fresh.get(i))) {
        found.add(fresh.get(i));
      }
    }
  }
}
