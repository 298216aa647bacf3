package dev.hubkit.fossil.crosslink;

import java.util.Arrays;

/**
 * The runs of backticks in a text, which enclose code: the next run that is as long or longer ends
 * a run. Source: Fossil's "Markdown Formatting Rules".
 */
final class BacktickRuns {
  private int[] starts = new int[16];
  private int[] ends = new int[16];

  /** For each run the next longer one, {@link #count} when there is none. */
  private final int[] longer;

  private int count;

  /** The run that was asked about last, or one before it. */
  private int current;

  BacktickRuns(String text) {
    for (int at = text.indexOf('`'); at >= 0; at = text.indexOf('`', ends[count - 1])) {
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, count * 2);
        ends = Arrays.copyOf(ends, count * 2);
      }
      int end = at + 1;
      while (end < text.length() && text.charAt(end) == '`') {
        end++;
      }
      starts[count] = at;
      ends[count++] = end;
    }
    longer = new int[count];
    for (int run = count - 1; run >= 0; run--) {
      longer[run] = firstOfLength(run + 1, length(run) + 1);
    }
  }

  private int length(int run) {
    return ends[run] - starts[run];
  }

  /**
   * Finds the first run from this one on that is as long. Each step is to a longer run, so there
   * are fewer than {@code length} steps: all questions about a text together take no more than
   * there are backticks in it.
   */
  private int firstOfLength(int from, int length) {
    int run = from;
    while (run < count && length(run) < length) {
      run = longer[run];
    }
    return run;
  }

  /**
   * Returns the end of the code that begins with the backticks at this place, or of the backticks
   * when nothing ends the code. Has to be called for ever later places.
   */
  int endOfCode(int at) {
    while (ends[current] <= at) {
      current++;
    }
    int length = ends[current] - at;
    int closing = firstOfLength(current + 1, length);
    return closing == count ? ends[current] : starts[closing] + length;
  }
}
