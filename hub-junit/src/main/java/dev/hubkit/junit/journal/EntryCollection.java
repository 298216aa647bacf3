package dev.hubkit.junit.journal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Collects entries of a journal as they appear, until there are enough. Used by one thread. */
final class EntryCollection {
  private final Journal journal;
  private final JournalCondition condition;
  private final int count;
  private final List<JournalEntry> entries = new ArrayList<>();
  private long seen;

  /**
   * Makes an empty collection.
   *
   * @param after the number of the entry after which the collection begins
   * @param count how many entries are enough
   */
  EntryCollection(Journal journal, JournalCondition condition, long after, int count) {
    this.journal = journal;
    this.condition = condition;
    this.seen = after;
    this.count = count;
  }

  /** Waits by the machine's clock; returns whether there are enough. */
  boolean await(Duration patience) {
    return journal.await(condition, seen, count, entries, patience);
  }

  /** Looks at the entries since the last look; returns whether there are enough. */
  boolean isComplete() {
    seen = journal.collect(condition, seen, count, entries);
    return entries.size() >= count;
  }

  List<JournalEntry> entries() {
    return entries;
  }
}
