package dev.hubkit.junit.journal;

import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.subject.Subjects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A condition for entries of a journal.
 *
 * @param text describes the condition in messages
 * @param test the condition itself
 * @param kind the kind of the entries; null for any
 * @param pattern the subject of the entries, which may have wildcards; null for any
 */
record JournalCondition(
    String text, Predicate<JournalEntry> test, @Nullable Kind kind, @Nullable String pattern) {

  static JournalCondition of(String text, Predicate<JournalEntry> test) {
    return new JournalCondition(text, test, null, null);
  }

  static JournalCondition of(String text, Kind kind, Predicate<JournalEntry> test) {
    return new JournalCondition(
        text, entry -> entry.kind() == kind && test.test(entry), kind, null);
  }

  /**
   * Returns a condition for the subject of entries.
   *
   * @throws IllegalArgumentException if {@code pattern} is not a subject
   */
  static JournalCondition onSubject(String text, Kind kind, String pattern) {
    if (!Subjects.isValid(pattern)) {
      throw new IllegalArgumentException("Not a subject: \"" + pattern + "\"");
    }
    return new JournalCondition(
        text + " " + pattern,
        entry -> entry.kind() == kind && Subjects.matches(entry.subject(), pattern),
        kind,
        pattern);
  }

  /** Returns this condition and another one together. */
  JournalCondition and(String description, Predicate<JournalEntry> narrower) {
    return new JournalCondition(text + " " + description, test.and(narrower), kind, pattern);
  }
}
