package dev.hubkit.time;

import java.math.BigDecimal;
import java.time.Duration;

/**
 * Durations as people write them, for messages: {@code 200 ms}, {@code 1.5 s}, {@code 2 h 5 min}.
 */
public final class DurationText {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000_000_000;

  private DurationText() {}

  /** Returns the text of a duration. */
  public static String of(Duration duration) {
    if (duration.isNegative()) {
      return "-" + of(duration.negated());
    }
    if (duration.isZero()) {
      return "0 s";
    }
    if (duration.toMinutes() == 0) {
      return small(duration.toNanos());
    }
    StringBuilder text = new StringBuilder();
    append(text, duration.toDays(), "d");
    append(text, duration.toHoursPart(), "h");
    append(text, duration.toMinutesPart(), "min");
    long rest = duration.toSecondsPart() * SECOND + duration.toNanosPart();
    if (rest > 0) {
      text.append(text.length() == 0 ? "" : " ").append(small(rest));
    }
    return text.toString();
  }

  private static void append(StringBuilder text, long count, String unit) {
    if (count > 0) {
      text.append(text.length() == 0 ? "" : " ").append(count).append(' ').append(unit);
    }
  }

  private static String small(long nanos) {
    if (nanos >= SECOND) {
      return decimal(nanos, 9) + " s";
    }
    return nanos >= MILLI ? decimal(nanos, 6) + " ms" : decimal(nanos, 3) + " µs";
  }

  private static String decimal(long nanos, int scale) {
    return BigDecimal.valueOf(nanos, scale).stripTrailingZeros().toPlainString();
  }
}
