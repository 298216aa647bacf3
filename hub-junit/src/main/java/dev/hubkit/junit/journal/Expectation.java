package dev.hubkit.junit.journal;

import dev.hubkit.junit.time.Advance;
import dev.hubkit.junit.time.HubTime;
import dev.hubkit.time.DurationText;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Entries that a test expects in the journal, now or later. Each method returns a new expectation;
 * {@link #atMost} waits.
 */
public final class Expectation extends EntrySelection<Expectation> {
  // A thread of the application may not have had its turn when the hub's time has passed.
  private static final Duration LAST_CHANCE = Duration.ofMillis(500);

  private final Journal journal;
  private final JournalCondition condition;
  private final long after;
  private final int times;
  private final @Nullable HubTime time;

  Expectation(
      Journal journal, JournalCondition condition, long after, int times, @Nullable HubTime time) {
    this.journal = journal;
    this.condition = condition;
    this.after = after;
    this.times = times;
    this.time = time;
  }

  @Override
  Expectation narrow(Requirement requirement) {
    return new Expectation(journal, condition.and(requirement), after, times, time);
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
    return new Expectation(journal, condition, after, count, time);
  }

  /**
   * Waits in the time of the hub, which {@link #atMost} then advances, as {@link
   * HubTime#advanceUntil} does, instead of waiting: two hours take milliseconds.
   */
  public Expectation awaitIn(HubTime hubTime) {
    return new Expectation(journal, condition, after, times, hubTime);
  }

  /**
   * Waits until the expected entries are in the journal, without polling.
   *
   * @param patience how long to wait, by the machine's clock or with {@link #awaitIn} by the hub's
   * @return the expected entries
   * @throws AssertionError if the entries do not appear in time; the message contains what came
   *     nearest with its differences, and the end of the journal
   */
  public Entries atMost(Duration patience) {
    EntryCollection found = new EntryCollection(journal, condition, after, times);
    if (time == null) {
      if (!found.await(patience)) {
        throw failure(" within " + DurationText.of(patience), found.entries(), "");
      }
    } else {
      Advance advance = time.tryAdvanceUntil(found::isComplete, patience);
      if (!advance.reached() && !found.await(LAST_CHANCE)) {
        throw failure(
            " within " + DurationText.of(patience) + " of the hub's time",
            found.entries(),
            "\n" + advance + ".");
      }
    }
    return journal.entries(condition, found.entries(), after);
  }

  private AssertionError failure(String within, List<JournalEntry> found, String passed) {
    List<NearMiss> misses = journal.nearMisses(condition, after);
    String nearest = NearMisses.text(condition, misses);
    String unmet = condition.text() + (times == 1 ? "" : ", " + times + " times,") + within;
    journal.unmet(
        new UnmetExpectation(
            unmet + (nearest.isEmpty() ? "" : "; " + nearest),
            0,
            misses.stream().map(miss -> miss.entry().number()).toList()));
    return new AssertionError(
        "Expected "
            + unmet
            + ", but found "
            + (found.isEmpty()
                ? "none"
                : found.size() + ": " + journal.entries(condition, found, after))
            + "."
            + passed
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
