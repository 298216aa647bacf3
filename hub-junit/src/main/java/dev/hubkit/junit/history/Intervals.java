package dev.hubkit.junit.history;

import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Draws operations with their beginnings and ends, one below the other. */
final class Intervals {
  // Beyond it, a drawing is too wide.
  private static final int MOST = 24;

  private Intervals() {}

  /** Returns a line for each operation, in the order in which they began. */
  static String of(List<RegisterOperation> operations) {
    List<RegisterOperation> sorted =
        operations.stream().sorted(Comparator.comparingLong(RegisterOperation::begin)).toList();
    TreeSet<Long> columns = new TreeSet<>();
    for (RegisterOperation each : sorted) {
      columns.add(each.begin());
      if (each.isAnswered()) {
        columns.add(each.end());
      }
    }
    boolean drawn = sorted.size() <= MOST;
    int who = sorted.stream().mapToInt(each -> each.who().length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < sorted.size(); i++) {
      RegisterOperation each = sorted.get(i);
      text.append("\n  ")
          .append(drawn ? line(each, columns) + "  " : "")
          .append(i + 1)
          .append(". ")
          .append(each.who())
          .append(" ".repeat(who - each.who().length() + 1))
          .append(each.text());
    }
    return text.toString();
  }

  private static String line(RegisterOperation operation, SortedSet<Long> columns) {
    int begin = columns.headSet(operation.begin()).size();
    int end = operation.isAnswered() ? columns.headSet(operation.end()).size() : columns.size();
    String open = operation.isAnswered() ? "|" : ">";
    return " ".repeat(begin)
        + '|'
        + "-".repeat(end - begin - 1)
        + open
        + " ".repeat(Math.max(0, columns.size() - end));
  }
}
