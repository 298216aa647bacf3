package dev.hubkit.junit.journal;

import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A condition for entries of a journal.
 *
 * @param text describes the condition in messages
 * @param base the condition without the requirements
 * @param kind the kind of the entries; null for any
 * @param pattern the subject of the entries, which may have wildcards; null for any
 * @param requirements what the entries have to satisfy besides
 */
record JournalCondition(
    String text,
    Predicate<JournalEntry> base,
    @Nullable Kind kind,
    @Nullable String pattern,
    List<Requirement> requirements) {

  static JournalCondition of(String text, Predicate<JournalEntry> base) {
    return new JournalCondition(text, base, null, null, List.of());
  }

  static JournalCondition of(String text, Kind kind, Predicate<JournalEntry> test) {
    return new JournalCondition(
        text, entry -> entry.kind() == kind && test.test(entry), kind, null, List.of());
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
        pattern,
        List.of());
  }

  /** Returns this condition with one more requirement. */
  JournalCondition and(Requirement requirement) {
    List<Requirement> all = new ArrayList<>(requirements);
    all.add(requirement);
    return new JournalCondition(
        text + " " + requirement.text(), base, kind, pattern, List.copyOf(all));
  }

  /** Returns whether an entry satisfies this. */
  boolean holds(JournalEntry entry) {
    if (!base.test(entry)) {
      return false;
    }
    for (Requirement requirement : requirements) {
      if (!requirement.holds(entry)) {
        return false;
      }
    }
    return true;
  }
}
