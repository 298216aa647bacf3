package dev.hubkit.time;

import java.math.BigInteger;
import java.util.OptionalLong;

/**
 * Durations as NATS writes them in text: Go's notation, such as {@code 1h15m30.918s}, {@code 1.5ms}
 * or {@code 250µs}. All values are nanoseconds.
 */
public final class GoDuration {
  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000_000_000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  // Zeros may lead, but not without end.
  private static final int MAX_DIGITS = 1000;
  private static final BigInteger LARGEST = BigInteger.ONE.shiftLeft(63);

  private GoDuration() {}

  /** The duration as Go prints it: {@code 0s}, {@code 1µs}, {@code 2m0s}, {@code -1.5s}. */
  public static String format(long nanos) {
    if (nanos == 0) {
      return "0s";
    }
    StringBuilder out = new StringBuilder();
    if (nanos < 0) {
      out.append('-');
    }
    // The magnitude of Long.MIN_VALUE fits in 64 bits only unsigned.
    long magnitude = Math.abs(nanos);
    if (Long.compareUnsigned(magnitude, SECOND) < 0) {
      if (magnitude < MICRO) {
        return out.append(magnitude).append("ns").toString();
      }
      boolean micros = magnitude < MILLI;
      return decimal(out, magnitude, micros ? MICRO : MILLI)
          .append(micros ? "µs" : "ms")
          .toString();
    }
    long hours = Long.divideUnsigned(magnitude, HOUR);
    long rest = Long.remainderUnsigned(magnitude, HOUR);
    if (hours > 0) {
      out.append(hours).append('h');
    }
    if (hours > 0 || rest >= MINUTE) {
      out.append(rest / MINUTE).append('m');
    }
    return decimal(out, rest % MINUTE, SECOND).append('s').toString();
  }

  /** As {@link #format}, rounded to milliseconds. */
  public static String formatMillis(long nanos) {
    return format(Math.round((double) nanos / MILLI) * MILLI);
  }

  /** Parses as Go's {@code time.ParseDuration} does; empty when {@code text} is not a duration. */
  public static OptionalLong parse(String text) {
    int at = 0;
    boolean negative = false;
    if (!text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+')) {
      negative = text.charAt(0) == '-';
      at = 1;
    }
    if (text.substring(at).equals("0")) {
      return OptionalLong.of(0);
    }
    if (at == text.length()) {
      return OptionalLong.empty();
    }
    // Without sign, as the smallest duration has no positive counterpart.
    long total = 0;
    while (at < text.length()) {
      int start = at;
      while (at < text.length() && isNumberPart(text.charAt(at))) {
        at++;
      }
      int unitStart = at;
      while (at < text.length() && !isNumberPart(text.charAt(at))) {
        at++;
      }
      OptionalLong part =
          times(text.substring(start, unitStart), unit(text.substring(unitStart, at)));
      if (part.isEmpty()) {
        return part;
      }
      total += part.getAsLong();
      if (Long.compareUnsigned(total, Long.MIN_VALUE) > 0) {
        return OptionalLong.empty();
      }
    }
    return negative || total >= 0
        ? OptionalLong.of(negative ? -total : total)
        : OptionalLong.empty();
  }

  private static boolean isNumberPart(char c) {
    return c == '.' || (c >= '0' && c <= '9');
  }

  private static long unit(String name) {
    return switch (name) {
      case "ns" -> 1;
      // U+00B5 and U+03BC both stand for micro.
      case "us", "µs", "μs" -> MICRO;
      case "ms" -> MILLI;
      case "s" -> SECOND;
      case "m" -> MINUTE;
      case "h" -> HOUR;
      default -> 0;
    };
  }

  private static OptionalLong times(String number, long unit) {
    int point = number.indexOf('.');
    String whole = point < 0 ? number : number.substring(0, point);
    String fraction = point < 0 ? "" : number.substring(point + 1);
    if (unit == 0 || whole.length() + fraction.length() == 0 || fraction.indexOf('.') >= 0) {
      return OptionalLong.empty();
    }
    if (whole.length() > MAX_DIGITS) {
      return OptionalLong.empty();
    }
    BigInteger units = whole.isEmpty() ? BigInteger.ZERO : new BigInteger(whole);
    BigInteger value =
        units.multiply(BigInteger.valueOf(unit)).add(BigInteger.valueOf(part(fraction, unit)));
    return value.compareTo(LARGEST) > 0 ? OptionalLong.empty() : OptionalLong.of(value.longValue());
  }

  // leadingFraction of Go, which passes over digits that do not fit, and cuts off the rest.
  private static long part(String fraction, long unit) {
    long digits = 0;
    double scale = 1;
    for (int i = 0; i < fraction.length() && digits <= Long.MAX_VALUE / 10; i++) {
      digits = 10 * digits + fraction.charAt(i) - '0';
      scale *= 10;
    }
    return digits == 0 ? 0 : (long) (unsigned(digits) * (unit / scale));
  }

  private static double unsigned(long value) {
    return value >= 0 ? value : 0x1p63;
  }

  private static StringBuilder decimal(StringBuilder out, long value, long unit) {
    out.append(value / unit);
    long fraction = value % unit;
    if (fraction > 0) {
      out.append('.');
      for (long digit = unit / 10; fraction > 0; digit /= 10) {
        out.append(fraction / digit);
        fraction %= digit;
      }
    }
    return out;
  }
}
