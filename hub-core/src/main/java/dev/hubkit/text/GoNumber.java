package dev.hubkit.text;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Parses whole numbers in text from outside, and writes numbers, as {@code strconv} of Go and
 * {@code util.go} of nats-server do. Only ASCII digits are digits.
 */
public final class GoNumber {
  private static final double LEAST_PLAIN = 1e-4;
  private static final double LEAST_PLAIN_JSON = 1e-6;
  private static final double LEAST_LARGE = 1e21;

  private GoNumber() {}

  /**
   * Parses as {@code strconv.ParseInt(text, 10, 64)} and {@code strconv.Atoi} do: with one sign or
   * none; empty unless the text is such a number of 64 bits.
   */
  public static OptionalLong integer(String text) {
    int sign = !text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+') ? 1 : 0;
    if (!areDigits(text, sign)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return OptionalLong.empty(); // more than 64 bits
    }
  }

  /** {@link #integer} of 32 bits. */
  public static OptionalLong integer32(String text) {
    OptionalLong value = integer(text);
    return value.isPresent() && value.getAsLong() == (int) value.getAsLong()
        ? value
        : OptionalLong.empty();
  }

  /**
   * Parses as {@code strconv.ParseUint(text, 10, 64)} does: without a sign; empty unless the text
   * is such a number of 64 bits, which are returned.
   */
  public static OptionalLong unsigned(String text) {
    if (!areDigits(text, 0)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      return OptionalLong.empty(); // more than 64 bits
    }
  }

  /**
   * Parses as {@code strconv.ParseInt(text, 16, 8)} does: hexadecimal, with one sign or none; empty
   * unless the text is such a number of 8 bits.
   */
  public static OptionalLong hexadecimal8(String text) {
    int sign = !text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+') ? 1 : 0;
    int value = 0;
    for (int i = sign; i < text.length(); i++) {
      char c = text.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0 || value > 0xff) {
        return OptionalLong.empty();
      }
      value = value << 4 | digit;
    }
    value = text.startsWith("-") ? -value : value;
    return text.length() > sign && value == (byte) value
        ? OptionalLong.of(value)
        : OptionalLong.empty();
  }

  /**
   * Parses digits as {@code parseInt64} of nats-server does, which lets what is beyond 64 bits
   * overflow; -1 if there is anything else or nothing.
   */
  public static long overflowing(String text) {
    if (!areDigits(text, 0)) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      value = 10 * value + text.charAt(i) - '0';
    }
    return value;
  }

  /**
   * Parses as {@code big.Int.SetString(text, 10)} does: with one sign or none.
   *
   * @param maxLength how long the text may be
   * @return null unless the text is such a number
   */
  public static @Nullable BigInteger large(String text, int maxLength) {
    int sign = !text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+') ? 1 : 0;
    return text.length() <= maxLength && areDigits(text, sign) ? new BigInteger(text) : null;
  }

  /** Returns what a function of {@code strconv} says to text that is no number of 64 bits. */
  public static String complaint(String function, String text) {
    int sign = !text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+') ? 1 : 0;
    return "strconv."
        + function
        + ": parsing "
        + GoQuote.quote(text)
        + ": "
        + (areDigits(text, sign) ? "value out of range" : "invalid syntax");
  }

  /** Returns a number as {@code encoding/json} writes it. */
  public static String json(double number) {
    return format(number, LEAST_PLAIN_JSON, 1);
  }

  /** Returns a number as the verb {@code %v} prints it. */
  public static String shortest(double number) {
    return format(number, LEAST_PLAIN, 2);
  }

  // Numbers that are very small or very large have an exponent.
  private static String format(double number, double leastPlain, int exponentDigits) {
    double size = Math.abs(number);
    if (size == 0) {
      return 1 / number < 0 ? "-0" : "0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    if (size >= leastPlain && size < LEAST_LARGE) {
      return exact.toPlainString();
    }
    String digits = exact.unscaledValue().toString();
    int first = digits.startsWith("-") ? 2 : 1;
    int exponent = digits.length() - first - exact.scale();
    StringBuilder text = new StringBuilder(digits);
    if (digits.length() > first) {
      text.insert(first, '.');
    }
    String power = Integer.toString(Math.abs(exponent));
    text.append('e').append(exponent < 0 ? '-' : '+');
    return text.append("0".repeat(Math.max(0, exponentDigits - power.length())))
        .append(power)
        .toString();
  }

  /** Returns whether {@code c} is one of the ten digits of ASCII. */
  public static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  /** Returns whether {@code text} has ASCII digits from {@code from} on, and nothing else. */
  public static boolean areDigits(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (!isDigit(text.charAt(i))) {
        return false;
      }
    }
    return text.length() > from;
  }
}
