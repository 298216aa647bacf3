package dev.hubkit.junit.journal;

import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds what comes nearest to something that did not happen. */
final class NearMisses {
  private static final int MOST_SUBSCRIPTIONS = 5;

  private final List<JournalEntry> entries;

  /** Searches these entries, oldest first. */
  NearMisses(List<JournalEntry> entries) {
    this.entries = entries;
  }

  /** Returns a text about the entry that comes nearest to a condition; empty for none. */
  String nearest(JournalCondition condition) {
    String pattern = condition.pattern();
    if (pattern == null) {
      return "";
    }
    JournalEntry found =
        nearest(
            pattern, entry -> entry.kind() == condition.kind() && !condition.test().test(entry));
    if (found == null && condition.kind() == Kind.DELIVERED) {
      found = nearest(pattern, entry -> entry.kind() == Kind.PUBLISHED);
    }
    return found == null ? "" : "nearest: " + found;
  }

  /** Returns a line for each subscription that received nothing. */
  List<String> subscriptionsWithoutMessages() {
    Set<String> served = new HashSet<>();
    for (JournalEntry entry : entries) {
      if (entry.kind() == Kind.DELIVERED) {
        served.add(key(entry));
      }
    }
    List<String> lines = new ArrayList<>();
    for (JournalEntry entry : entries) {
      if (entry.kind() == Kind.SUBSCRIBED
          && !entry.isBackground()
          && !served.contains(key(entry))
          && lines.size() < MOST_SUBSCRIPTIONS) {
        lines.add(describe(entry));
      }
    }
    return lines;
  }

  private String describe(JournalEntry subscribed) {
    String line =
        "a message on "
            + subscribed.subject()
            + ", for the subscription of "
            + subscribed.clientName().map(name -> '"' + name + '"').orElse("a client");
    JournalEntry published =
        nearest(
            subscribed.subject(),
            entry ->
                entry.kind() == Kind.PUBLISHED
                    && !entry.isBackground()
                    && !Subjects.matches(entry.subject(), subscribed.subject()));
    return published == null ? line : line + "; nearest: " + published;
  }

  private @Nullable JournalEntry nearest(String pattern, Predicate<JournalEntry> condition) {
    @Nullable JournalEntry best = null;
    double least = SubjectDistance.UNRELATED;
    for (JournalEntry entry : entries) {
      if (condition.test(entry)) {
        double distance = SubjectDistance.between(pattern, entry.subject());
        if (distance < least || (best != null && distance == least)) {
          best = entry;
          least = distance;
        }
      }
    }
    return best;
  }

  private static String key(JournalEntry entry) {
    return entry.client() + " " + entry.sid().orElse("");
  }
}
