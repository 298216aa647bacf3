package dev.hubkit.junit.journal;

import dev.hubkit.junit.time.Advance;
import dev.hubkit.junit.time.HubTime;
import dev.hubkit.time.DurationText;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Entries that a test expects not to appear in the journal. Each method returns a new object;
 * {@link #within} waits.
 */
public final class Absence extends EntrySelection<Absence> {
  private final Journal journal;
  private final JournalCondition condition;
  private final long after;
  private final @Nullable HubTime time;

  Absence(Journal journal, JournalCondition condition, long after, @Nullable HubTime time) {
    this.journal = journal;
    this.condition = condition;
    this.after = after;
    this.time = time;
  }

  @Override
  Absence narrow(Requirement requirement) {
    return new Absence(journal, condition.and(requirement), after, time);
  }

  /**
   * Waits in the time of the hub, which {@link #within} then advances, as {@link
   * HubTime#advanceUntil} does, instead of waiting.
   */
  public Absence awaitIn(HubTime hubTime) {
    return new Absence(journal, condition, after, hubTime);
  }

  /**
   * Waits, and fails as soon as such an entry is in the journal, or if there already is one.
   *
   * @param duration how long to wait, by the machine's clock or with {@link #awaitIn} by the hub's
   * @throws AssertionError if there is such an entry; the message contains it
   * @throws IllegalStateException if the journal is stopped, or the waiting thread interrupted
   */
  public void within(Duration duration) {
    if (!journal.isRunning()) {
      throw new IllegalStateException(
          "The journal is stopped, so nothing appears in it: call start() before");
    }
    EntryCollection found = new EntryCollection(journal, condition, after, 1);
    Advance advance = null;
    boolean appeared;
    if (time == null) {
      appeared = found.await(duration);
    } else {
      advance = time.tryAdvanceUntil(found::isComplete, duration);
      appeared = advance.reached();
    }
    if (appeared) {
      fail(found.entries().get(0), advance, duration);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException("Interrupted while waiting: " + this);
    }
  }

  private void fail(JournalEntry entry, @Nullable Advance advance, Duration duration) {
    String unmet =
        this
            + " within "
            + DurationText.of(duration)
            + (advance == null ? "" : " of the hub's time")
            + ", but there was "
            + entry;
    journal.unmet(new UnmetExpectation(unmet, 0, List.of(entry.number())));
    throw new AssertionError(
        "Expected "
            + unmet
            + "."
            + (advance == null ? "" : "\n" + advance + ".")
            + "\nThe journal ends in:\n"
            + journal.tail());
  }

  /** Returns what is not expected. */
  @Override
  public String toString() {
    return "never " + condition.text();
  }
}
