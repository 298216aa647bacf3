package dev.hubkit.fossil;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The difference of two contents in the unified form that {@code patch} reads. */
public final class TextDiff {
  private TextDiff() {}

  /**
   * A stretch of lines.
   *
   * @param beforeStart the first old line, counted from 1; 0 when there is none
   * @param beforeCount how many old lines
   * @param afterStart the first new line, counted from 1; 0 when there is none
   * @param afterCount how many new lines
   * @param lines the lines
   */
  public record Hunk(
      int beforeStart, int beforeCount, int afterStart, int afterCount, List<Line> lines) {}

  /**
   * A line of a hunk.
   *
   * @param kind {@code ' '} for one in both, {@code '-'} for one that is gone, {@code '+'} for one
   *     that is new
   * @param text the line without its end
   */
  public record Line(char kind, String text) {}

  /** Returns whether content is not text: it holds a NUL byte. */
  public static boolean isBinary(byte[] content) {
    for (byte b : content) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Finds the stretches that differ.
   *
   * @param context how many common lines to show around them
   */
  public static List<Hunk> hunks(byte[] before, byte[] after, int context) {
    List<String> old = LineDiff.lines(before);
    List<String> now = LineDiff.lines(after);
    // A last line without an end differs from one with an end.
    markMissingEnd(old, before);
    markMissingEnd(now, after);
    LineDiff.Changes changes = LineDiff.between(old, now);
    List<Line> all = new ArrayList<>();
    int a = 0;
    int b = 0;
    while (a < old.size() || b < now.size()) {
      if (a < old.size() && changes.removed()[a]) {
        all.add(new Line('-', old.get(a++)));
      } else if (b < now.size() && changes.added()[b]) {
        all.add(new Line('+', now.get(b++)));
      } else {
        all.add(new Line(' ', old.get(a++)));
        b++;
      }
    }
    return cut(all, context);
  }

  private static void markMissingEnd(List<String> lines, byte[] content) {
    if (content.length > 0 && content[content.length - 1] != '\n') {
      int last = lines.size() - 1;
      lines.set(last, lines.get(last) + "\n\\ No newline at end of file");
    }
  }

  private static List<Hunk> cut(List<Line> all, int context) {
    List<Hunk> hunks = new ArrayList<>();
    int a = 0;
    int b = 0;
    int position = 0;
    while (position < all.size()) {
      int change = position;
      while (change < all.size() && all.get(change).kind == ' ') {
        change++;
      }
      if (change == all.size()) {
        break;
      }
      int start = Math.max(position, change - context);
      a += start - position;
      b += start - position;
      int end = change;
      int common = 0;
      for (int i = change; i < all.size() && common <= 2 * context; i++) {
        common = all.get(i).kind == ' ' ? common + 1 : 0;
        if (common == 0) {
          end = i + 1;
        }
      }
      end = Math.min(all.size(), end + context);
      List<Line> lines = List.copyOf(all.subList(start, end));
      int removed = (int) lines.stream().filter(line -> line.kind != '+').count();
      int added = (int) lines.stream().filter(line -> line.kind != '-').count();
      hunks.add(new Hunk(removed == 0 ? a : a + 1, removed, added == 0 ? b : b + 1, added, lines));
      a += removed;
      b += added;
      position = end;
    }
    return hunks;
  }

  /** Returns the whole difference as text; empty when there is none. */
  public static String unified(
      String beforeName, byte[] before, String afterName, byte[] after, int context) {
    if (Arrays.equals(before, after)) {
      return "";
    }
    StringBuilder out = new StringBuilder();
    out.append("--- ").append(beforeName).append("\n+++ ").append(afterName).append('\n');
    if (isBinary(before) || isBinary(after)) {
      return out.append("cannot compute difference between binary files\n").toString();
    }
    for (Hunk hunk : hunks(before, after, context)) {
      out.append("@@ -").append(hunk.beforeStart).append(',').append(hunk.beforeCount);
      out.append(" +").append(hunk.afterStart).append(',').append(hunk.afterCount);
      out.append(" @@\n");
      for (Line line : hunk.lines) {
        out.append(line.kind).append(line.text).append('\n');
      }
    }
    return out.toString();
  }
}
