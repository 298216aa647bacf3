package dev.hubkit.junit.assertj;

import dev.hubkit.fixture.RecordedMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares recorded messages with others, and describes the differences. */
final class JournalComparison {
  private static final int MOST_GROUPS = 10;

  private final ComparisonRules rules;
  private final boolean byConnection;
  private final Map<String, List<ComparedMessage>> recorded;
  private final Map<String, List<ComparedMessage>> found;

  JournalComparison(
      ComparisonRules rules, List<RecordedMessage> recorded, List<RecordedMessage> found) {
    this.rules = rules;
    List<RecordedMessage> expected = compared(recorded);
    List<RecordedMessage> actual = compared(found);
    byConnection = rules.connections() && allNamed(expected) && allNamed(actual);
    this.recorded = grouped(expected);
    this.found = grouped(actual);
  }

  private List<RecordedMessage> compared(List<RecordedMessage> messages) {
    return messages.stream().filter(each -> rules.isCompared(each.subject())).toList();
  }

  private static boolean allNamed(List<RecordedMessage> messages) {
    return messages.stream().allMatch(each -> each.connection().isPresent());
  }

  private Map<String, List<ComparedMessage>> grouped(List<RecordedMessage> messages) {
    Map<String, List<ComparedMessage>> groups = new LinkedHashMap<>();
    for (RecordedMessage each : messages) {
      ComparedMessage message = ComparedMessage.of(each, rules);
      String group = byConnection ? each.connection().orElse("") : message.subject();
      groups.computeIfAbsent(group, key -> new ArrayList<>()).add(message);
    }
    return groups;
  }

  /** Returns the differences; empty for none. */
  String describe() {
    Set<String> groups = new LinkedHashSet<>(recorded.keySet());
    groups.addAll(found.keySet());
    StringBuilder text = new StringBuilder();
    int different = 0;
    for (String group : groups) {
      MessageDiff diff =
          new MessageDiff(
              recorded.getOrDefault(group, List.of()), found.getOrDefault(group, List.of()));
      if (!diff.isEmpty() && ++different <= MOST_GROUPS) {
        text.append(name(group)).append(": ").append(diff).append('\n');
      }
    }
    if (different == 0) {
      return "";
    }
    if (different > MOST_GROUPS) {
      text.append("… and ").append(different - MOST_GROUPS).append(" more\n");
    }
    return text.append(how()).toString();
  }

  private String name(String group) {
    return byConnection ? "connection \"" + group + "\"" : "subject " + group;
  }

  private String how() {
    if (!byConnection) {
      return "(-: recorded, +: journal. Compared for each subject; the order across subjects does not"
          + " count.)";
    }
    Set<String> common = new LinkedHashSet<>(recorded.keySet());
    common.retainAll(found.keySet());
    return "(-: recorded, +: journal. Compared for each connection; the order across connections does"
        + " not count."
        + (common.isEmpty() && !recorded.isEmpty() && !found.isEmpty()
            ? " No connection of the journal has a recorded name: if names do not matter, add"
                + " comparingPerSubject()."
            : "")
        + ")";
  }
}
