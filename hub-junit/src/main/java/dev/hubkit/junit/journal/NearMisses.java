package dev.hubkit.junit.journal;

import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds what comes nearest to something that did not happen. */
final class NearMisses {
  private static final int MOST_SUBSCRIPTIONS = 5;
  private static final int MOST_ENTRIES = 3;

  private final List<JournalEntry> entries;

  /** Searches these entries, oldest first. */
  NearMisses(List<JournalEntry> entries) {
    this.entries = entries;
  }

  /** Returns the entries that come nearest to a condition, the nearest first. */
  List<NearMiss> nearest(JournalCondition condition) {
    List<NearMiss> misses = near(condition, condition.kind());
    if (misses.isEmpty() && condition.kind() == Kind.DELIVERED) {
      misses = near(condition, Kind.PUBLISHED);
    }
    // Without requirements an entry says by itself what differs.
    int most = condition.requirements().isEmpty() ? 1 : MOST_ENTRIES;
    return List.copyOf(misses.subList(0, Math.min(most, misses.size())));
  }

  /**
   * Returns a text about the entries that come nearest to a condition, with what differs; empty for
   * none.
   */
  static String text(JournalCondition condition, List<NearMiss> misses) {
    StringBuilder text = new StringBuilder();
    for (NearMiss miss : misses) {
      text.append(text.length() == 0 ? "nearest: " : "\nalso near: ").append(miss.entry());
      if (!condition.requirements().isEmpty()) {
        miss.differences().forEach(each -> text.append("\n  ").append(each));
      }
    }
    return text.toString();
  }

  private List<NearMiss> near(JournalCondition condition, @Nullable Kind kind) {
    List<NearMiss> misses = new ArrayList<>();
    for (JournalEntry entry : entries) {
      NearMiss miss =
          (kind == null || entry.kind() == kind) && !condition.holds(entry)
              ? NearMiss.of(entry, condition)
              : null;
      if (miss != null) {
        misses.add(miss);
      }
    }
    // The newest first of those that are equally near.
    Collections.reverse(misses);
    misses.sort(Comparator.comparingDouble(NearMiss::distance));
    return misses;
  }

  /** Returns the subscriptions that received nothing. */
  List<UnmetExpectation> subscriptionsWithoutMessages() {
    Set<String> served = new HashSet<>();
    for (JournalEntry entry : entries) {
      if (entry.kind() == Kind.DELIVERED) {
        served.add(key(entry));
      }
    }
    List<UnmetExpectation> lines = new ArrayList<>();
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

  private UnmetExpectation describe(JournalEntry subscribed) {
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
    return published == null
        ? new UnmetExpectation(line, subscribed.number(), List.of())
        : new UnmetExpectation(
            line + "; nearest: " + published, subscribed.number(), List.of(published.number()));
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
