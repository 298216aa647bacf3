package dev.hubkit.junit.journal;

import dev.hubkit.time.DurationText;
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
  private final JournalCondition condition;
  private final long after;
  private final int times;

  Expectation(Journal journal, JournalCondition condition, long after, int times) {
    this.journal = journal;
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
    return new Expectation(journal, condition, after, count);
  }

  /** Expects the entries to satisfy a condition, too. */
  public Expectation where(String description, Predicate<JournalEntry> narrower) {
    return new Expectation(journal, condition.and(description, narrower), after, times);
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
   * @throws AssertionError if the entries do not appear in time; the message contains the nearest
   *     miss and the end of the journal
   */
  public Entries atMost(Duration patience) {
    List<JournalEntry> found = new ArrayList<>();
    if (journal.await(condition, after, times, found, patience)) {
      return new Entries(condition.text(), found);
    }
    String nearest = journal.nearest(condition, after);
    String unmet =
        condition.text()
            + (times == 1 ? "" : ", " + times + " times,")
            + " within "
            + DurationText.of(patience);
    journal.unmet(unmet + (nearest.isEmpty() ? "" : "; " + nearest));
    throw new AssertionError(
        "Expected "
            + unmet
            + ", but found "
            + (found.isEmpty()
                ? "none"
                : found.size() + ": " + new Entries(condition.text(), found))
            + "."
            + (nearest.isEmpty() ? "" : "\nThe " + nearest)
            + "\nThe journal ends in:\n"
            + journal.tail());
  }

  /** Returns what is expected. */
  @Override
  public String toString() {
    return condition.text() + (times == 1 ? "" : ", " + times + " times");
  }
}
