package dev.hubkit.junit.journal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry that comes near to a condition.
 *
 * @param differences what differs, in words
 * @param distance how much that is, to compare it with others
 */
record NearMiss(JournalEntry entry, List<String> differences, double distance) {
  // A subject that is only similar weighs about as much as one wrong header.
  private static final double OTHER_SUBJECT = 0.5;

  /** Returns the entry as a near miss; null if it has nothing to do with the condition. */
  static @Nullable NearMiss of(JournalEntry entry, JournalCondition condition) {
    List<String> differences = new ArrayList<>();
    double distance = 0;
    String pattern = condition.pattern();
    if (pattern == null) {
      if (condition.requirements().isEmpty() || !condition.base().test(entry)) {
        return null;
      }
    } else {
      double between = SubjectDistance.between(pattern, entry.subject());
      if (between >= SubjectDistance.UNRELATED) {
        return null;
      }
      if (between > 0) {
        distance = OTHER_SUBJECT + between;
        differences.add("the subject was " + entry.subject() + ", not " + pattern);
      } else if (entry.kind() != condition.kind()) {
        differences.add("it was published, but not delivered");
      }
    }
    condition
        .requirements()
        .forEach(requirement -> differences.addAll(requirement.differences().apply(entry)));
    return new NearMiss(entry, differences, differences.size() + distance);
  }
}
