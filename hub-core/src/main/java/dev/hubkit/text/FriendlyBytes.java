package dev.hubkit.text;

import java.util.Locale;

/** Numbers of bytes as nats-server shows them to people ({@code friendlyBytes}). */
public final class FriendlyBytes {
  private static final String[] UNITS = {"K", "M", "G", "T", "P", "E"};

  private FriendlyBytes() {}

  /** Returns a number with its unit, such as {@code 1.50 MB}. */
  public static String format(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int exponent = (int) (Math.log((double) bytes) / Math.log(1024));
    return String.format(Locale.ROOT, "%.2f", (double) bytes / Math.pow(1024, exponent))
        + " "
        + UNITS[exponent - 1]
        + "B";
  }
}
