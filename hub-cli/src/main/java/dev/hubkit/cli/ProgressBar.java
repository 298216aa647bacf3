package dev.hubkit.cli;

import java.io.PrintStream;
import java.util.Locale;

/**
 * A line on a terminal that shows the progress of work, redrawn a few times a second and erased
 * when closed. Thread-safe.
 */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 100_000_000;

  private final String what;
  private final boolean shown;
  private final PrintStream terminal = System.err;
  private long nextDraw = System.nanoTime();
  private int drawn;

  ProgressBar(String what, boolean shown) {
    this.what = what;
    this.shown = shown;
  }

  /** Returns whether the bar is visible; otherwise callers need not compute the figures. */
  boolean isShown() {
    return shown;
  }

  /** Shows that {@code done} of {@code total} are done; a total of 0 is unknown. */
  synchronized void show(long done, long total, String unit) {
    long now = System.nanoTime();
    if (!shown || now - nextDraw < 0) {
      return;
    }
    nextDraw = now + REDRAW_NANOS;
    draw(line(what, done, total, unit));
  }

  static String line(String what, long done, long total, String unit) {
    if (total <= 0) {
      return String.format(Locale.ROOT, "%s %,d %s", what, done, unit);
    }
    long counted = Math.min(done, total);
    int full = (int) (WIDTH * counted / total);
    return String.format(
        Locale.ROOT,
        "%s [%s%s] %d%% of %,d %s",
        what,
        "#".repeat(full),
        "-".repeat(WIDTH - full),
        100 * counted / total,
        total,
        unit);
  }

  private void draw(String line) {
    terminal.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
    terminal.flush();
    drawn = line.length();
  }

  @Override
  public synchronized void close() {
    if (drawn > 0) {
      terminal.print("\r" + " ".repeat(drawn) + "\r");
      terminal.flush();
      drawn = 0;
    }
  }
}
