package dev.hubkit.junit.journal;

import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.junit.message.MessageMatcher;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Something that an entry has to satisfy, beside its kind and subject.
 *
 * @param text describes it in messages, as in {@code by "shop"}
 * @param differences returns what differs; nothing if the entry satisfies it
 */
record Requirement(String text, Function<JournalEntry, List<String>> differences) {
  static Requirement of(String text, Predicate<JournalEntry> test) {
    return new Requirement(
        text, entry -> test.test(entry) ? List.of() : List.of("it was not " + text));
  }

  static Requirement of(MessageMatcher matcher) {
    return new Requirement(
        matcher.toString(),
        entry ->
            isMessage(entry)
                ? matcher.differences(entry.message())
                : List.of("it was not a message"));
  }

  static boolean isMessage(JournalEntry entry) {
    return entry.kind() == Kind.PUBLISHED || entry.kind() == Kind.DELIVERED;
  }

  static Requirement by(String clientName) {
    return new Requirement(
        "by \"" + clientName + "\"",
        entry -> {
          String found = entry.clientName().orElse("");
          return found.equals(clientName)
              ? List.of()
              : List.of("the client was \"" + found + "\", not \"" + clientName + "\"");
        });
  }

  boolean holds(JournalEntry entry) {
    return differences.apply(entry).isEmpty();
  }
}
