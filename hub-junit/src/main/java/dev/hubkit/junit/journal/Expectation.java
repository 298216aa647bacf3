package dev.hubkit.junit.journal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Entries that a test expects in the journal, now or later. Each method returns a new expectation;
 * {@link #atMost} waits.
 */
public final class Expectation {
  private final Journal journal;
  private final String what;
  private final Predicate<JournalEntry> condition;
  private final long after;
  private final int times;

  Expectation(
      Journal journal, String what, Predicate<JournalEntry> condition, long after, int times) {
    this.journal = journal;
    this.what = what;
    this.condition = condition;
    this.after = after;
    this.times = times;
  }

  /**
   * Expects at least {@code count} entries; without this, one.
   *
   * @throws IllegalArgumentException if {@code count} is not positive
   */
  public Expectation times(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("The count must be positive: " + count);
    }
    return new Expectation(journal, what, condition, after, count);
  }

  /** Expects the entries to satisfy a condition, too. */
  public Expectation where(String description, Predicate<JournalEntry> narrower) {
    return new Expectation(
        journal, what + " " + description, condition.and(narrower), after, times);
  }

  /** Expects the entries of a client, by the name in its CONNECT. */
  public Expectation by(String clientName) {
    return where(
        "by \"" + clientName + "\"",
        entry -> entry.clientName().filter(clientName::equals).isPresent());
  }

  /** Expects payloads that contain {@code text}. */
  public Expectation containing(String text) {
    return where("containing \"" + text + "\"", entry -> entry.text().contains(text));
  }

  /**
   * Waits until the expected entries are in the journal, without polling.
   *
   * @param patience how long to wait, by the machine's clock
   * @return the expected entries
   * @throws AssertionError if the entries do not appear in time; the message contains the end of
   *     the journal
   */
  public Entries atMost(Duration patience) {
    List<JournalEntry> found = new ArrayList<>();
    if (journal.await(condition, after, times, found, patience)) {
      return new Entries(what, found);
    }
    throw new AssertionError(
        "Expected "
            + what
            + (times == 1 ? "" : ", " + times + " times,")
            + " within "
            + patience
            + ", but found "
            + (found.isEmpty() ? "none" : found.size() + ": " + new Entries(what, found))
            + ".\nThe journal ends in:\n"
            + journal.tail());
  }
}
