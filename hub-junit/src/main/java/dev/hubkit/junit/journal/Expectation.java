package dev.hubkit.junit.journal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Something that is to happen, or has happened already. Each change of what is expected makes
 * another expectation; {@link #atMost} waits.
 */
public final class Expectation {
  private final Journal journal;
  private final String what;
  private final Predicate<JournalEntry> meant;
  private final long after;
  private final int times;

  Expectation(Journal journal, String what, Predicate<JournalEntry> meant, long after, int times) {
    this.journal = journal;
    this.what = what;
    this.meant = meant;
    this.after = after;
    this.times = times;
  }

  /**
   * Expects it so many times at least; once unless told.
   *
   * @throws IllegalArgumentException if {@code count} is not positive
   */
  public Expectation times(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("Nothing can happen " + count + " times");
    }
    return new Expectation(journal, what, meant, after, count);
  }

  /** Expects it to satisfy a condition, too. */
  public Expectation where(String condition, Predicate<JournalEntry> narrower) {
    return new Expectation(journal, what + " " + condition, meant.and(narrower), after, times);
  }

  /** Expects it by a client that gave itself this name. */
  public Expectation by(String clientName) {
    return where(
        "by \"" + clientName + "\"",
        entry -> entry.clientName().filter(clientName::equals).isPresent());
  }

  /** Expects {@code text} in the payload. */
  public Expectation containing(String text) {
    return where("containing \"" + text + "\"", entry -> entry.text().contains(text));
  }

  /**
   * Waits until it has happened; no longer than the time, which is the machine's. The journal wakes
   * whoever waits, so nothing is asked again and again.
   *
   * @return the entries that were expected
   * @throws AssertionError if it does not happen in time; the message has the end of the journal
   */
  public Entries atMost(Duration patience) {
    List<JournalEntry> found = new ArrayList<>();
    if (journal.await(meant, after, times, found, patience)) {
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
