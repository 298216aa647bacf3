package dev.hubkit.nats.jetstream;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Durations as Go writes them: {@code 1h15m30.918s}, {@code 300ms}. */
final class GoDuration {
  /** What {@link #parse} returns for text that is no duration. */
  static final long INVALID = Long.MIN_VALUE;

  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private GoDuration() {}

  /** The nanoseconds of a duration; {@link #INVALID} if it is none or does not fit. */
  static long parse(String text) {
    int at = 0;
    boolean negative = false;
    if (!text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+')) {
      negative = text.charAt(0) == '-';
      at = 1;
    }
    if (text.substring(at).equals("0")) {
      return 0;
    }
    if (at == text.length()) {
      return INVALID;
    }
    BigDecimal sum = BigDecimal.ZERO;
    while (at < text.length()) {
      int number = at;
      while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
        at++;
      }
      int unit = at;
      while (at < text.length() && !isDigit(text.charAt(at)) && text.charAt(at) != '.') {
        at++;
      }
      BigDecimal amount = decimal(text.substring(number, unit));
      long nanos = unit(text.substring(unit, at));
      if (amount == null || nanos == 0) {
        return INVALID;
      }
      sum = sum.add(amount.multiply(BigDecimal.valueOf(nanos)).setScale(0, RoundingMode.DOWN));
      if (sum.compareTo(MAX) > 0) {
        return INVALID;
      }
    }
    return negative ? -sum.longValue() : sum.longValue();
  }

  /** A duration as Go prints it. */
  static String format(long nanos) {
    if (nanos == 0) {
      return "0s";
    }
    StringBuilder out = new StringBuilder();
    long rest = Math.abs(nanos);
    if (nanos < 0) {
      out.append('-');
    }
    if (rest < 1_000) {
      return out.append(rest).append("ns").toString();
    }
    if (rest < 1_000_000) {
      return out.append(plain(rest, 3)).append("µs").toString();
    }
    if (rest < 1_000_000_000) {
      return out.append(plain(rest, 6)).append("ms").toString();
    }
    long hours = rest / 3_600_000_000_000L;
    long minutes = rest / 60_000_000_000L % 60;
    if (hours > 0) {
      out.append(hours).append('h');
    }
    if (hours > 0 || minutes > 0) {
      out.append(minutes).append('m');
    }
    return out.append(plain(rest % 60_000_000_000L, 9)).append('s').toString();
  }

  private static String plain(long value, int scale) {
    return value == 0 ? "0" : BigDecimal.valueOf(value, scale).stripTrailingZeros().toPlainString();
  }

  private static @org.jspecify.annotations.Nullable BigDecimal decimal(String text) {
    if (text.isEmpty() || text.equals(".") || text.indexOf('.') != text.lastIndexOf('.')) {
      return null;
    }
    return new BigDecimal(text.startsWith(".") ? "0" + text : text);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static long unit(String unit) {
    return switch (unit) {
      case "ns" -> 1;
      case "us", "µs", "μs" -> 1_000;
      case "ms" -> 1_000_000;
      case "s" -> 1_000_000_000;
      case "m" -> 60_000_000_000L;
      case "h" -> 3_600_000_000_000L;
      default -> 0;
    };
  }
}
