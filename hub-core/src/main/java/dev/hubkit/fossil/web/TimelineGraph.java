package dev.hubkit.fossil.web;

import dev.hubkit.fossil.TimelineEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Draws the ancestry of check-ins beside the entries of a timeline. Each entry has a picture of its
 * own, as high as its text, and the lines meet at the edges of the pictures. A browser does that
 * without a script, since SVG allows the ends of a line in percent. Not thread-safe.
 */
final class TimelineGraph {
  private static final int RAIL_WIDTH = 16;
  private static final int MOST_RAILS = 24;
  private static final int DOT_Y = 18;
  private static final int STUB_LENGTH = 20;
  private static final long FREE = 0;

  /** For each rail, the record to whose entry it leads down. */
  private final List<Long> rails = new ArrayList<>();

  private final List<Row> rows = new ArrayList<>();
  private final Predicate<Long> isShown;
  private int width = 1;

  /** The part of an entry that a line covers: from top to bottom, or from or to its dot. */
  private record Line(int from, int to, Span span, boolean isMerge) {}

  private enum Span {
    THROUGH,
    TO_DOT,
    FROM_DOT,
    STUB
  }

  private record Row(int dot, boolean isLeaf, boolean isMerge, List<Line> lines) {}

  /**
   * Lays out the graph.
   *
   * @param isWhole whether the entries have no gaps: then a parent that is not among them is
   *     further down, and otherwise it may be anywhere
   */
  TimelineGraph(List<TimelineEntry> newestFirst, boolean isWhole) {
    Set<Long> known = new HashSet<>();
    newestFirst.forEach(entry -> known.add(entry.rid()));
    isShown = isWhole ? rid -> true : known::contains;
    for (TimelineEntry entry : newestFirst) {
      rows.add(row(entry));
      width = Math.max(width, rails.size());
    }
  }

  private Row row(TimelineEntry entry) {
    List<Line> lines = new ArrayList<>();
    boolean isCheckIn = entry.type() == TimelineEntry.Type.CHECK_IN;
    int dot = isCheckIn ? rails.indexOf(entry.rid()) : -1;
    for (int i = 0; i < rails.size(); i++) {
      if (rails.get(i) == FREE) {
        continue;
      }
      if (isCheckIn && rails.get(i) == entry.rid()) {
        lines.add(new Line(i, dot, Span.TO_DOT, false));
        rails.set(i, FREE);
      } else {
        lines.add(new Line(i, i, Span.THROUGH, false));
      }
    }
    if (!isCheckIn) {
      return new Row(-1, false, false, lines);
    }
    if (dot < 0) {
      dot = freeRail();
    }
    List<Long> parents = entry.parents();
    for (int i = 0; i < parents.size(); i++) {
      long parent = parents.get(i);
      if (!isShown.test(parent)) {
        if (i == 0) {
          lines.add(new Line(dot, dot, Span.STUB, true));
        }
        continue;
      }
      int rail = i == 0 ? dot : rails.indexOf(parent);
      if (rail < 0) {
        rail = freeRail();
      }
      lines.add(new Line(dot, rail, Span.FROM_DOT, i > 0));
      rails.set(rail, parent);
    }
    while (!rails.isEmpty() && rails.get(rails.size() - 1) == FREE) {
      rails.remove(rails.size() - 1);
    }
    width = Math.max(width, dot + 1);
    return new Row(dot, entry.isLeaf(), parents.size() > 1, lines);
  }

  private int freeRail() {
    int free = rails.indexOf(FREE);
    if (free < 0) {
      rails.add(FREE);
      free = rails.size() - 1;
    }
    width = Math.max(width, free + 1);
    return free;
  }

  /** Draws the picture of an entry, counted from 0. */
  void draw(int index, Html html) {
    Row row = rows.get(index);
    int shown = Math.min(width, MOST_RAILS);
    html.open(
        "svg",
        "class",
        "graph",
        "width",
        Integer.toString(shown * RAIL_WIDTH),
        "aria-hidden",
        "true",
        "focusable",
        "false");
    for (Line line : row.lines) {
      if (line.from < MOST_RAILS && line.to < MOST_RAILS) {
        draw(line, html);
      }
    }
    if (row.dot >= 0 && row.dot < MOST_RAILS) {
      html.open(
              "circle",
              "class",
              "rail" + row.dot % 6 + (row.isLeaf ? " leaf" : ""),
              "cx",
              x(row.dot),
              "cy",
              Integer.toString(DOT_Y),
              "r",
              row.isMerge ? "6" : "5")
          .close();
    }
    html.close();
  }

  private static void draw(Line line, Html html) {
    String dot = Integer.toString(DOT_Y);
    String top = line.span == Span.FROM_DOT || line.span == Span.STUB ? dot : "0";
    String bottom =
        switch (line.span) {
          case TO_DOT -> dot;
          case STUB -> Integer.toString(DOT_Y + STUB_LENGTH);
          default -> "100%";
        };
    int colored = line.span == Span.TO_DOT ? line.from : line.to;
    html.open(
        "line",
        "class",
        "rail" + colored % 6 + (line.isMerge ? " merge" : ""),
        "x1",
        x(line.from),
        "y1",
        top,
        "x2",
        x(line.to),
        "y2",
        bottom);
    html.close();
  }

  private static String x(int rail) {
    return Integer.toString(rail * RAIL_WIDTH + RAIL_WIDTH / 2);
  }
}
