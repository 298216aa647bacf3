package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.ConfigCursor.END;

import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a value that begins with a digit or a minus: an integer, one with a size suffix such as
 * {@code 64KB}, a float, a Zulu time, an address such as {@code 127.0.0.1:4222}, or a string after
 * all. Confined to its thread.
 */
final class NumberReader {
  private static final DateTimeFormatter ZULU =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);
  private static final String ZULU_SHAPE = "00-00T00:00:00Z";

  private final ConfigCursor cursor;
  private final ConfigStringReader strings;
  private final int start;
  private final int lineStart;

  NumberReader(ConfigCursor cursor, ConfigStringReader strings) {
    this.cursor = cursor;
    this.strings = strings;
    this.start = cursor.position();
    this.lineStart = cursor.lineStart();
  }

  /** Returns the value; null where an integer has an end that is no unit, such as 1kbb. */
  @Nullable ConfigValue read() {
    int c = cursor.next();
    boolean negative = c == '-';
    if (negative) {
      c = cursor.next();
      if (c == '.') {
        throw cursor.syntax("Floats must start with a digit, not '.'.");
      }
      if (!Character.isDigit(c)) {
        throw cursor.syntax("Expected a digit but got '" + ConfigCursor.shown(c) + "'.");
      }
    }
    c = cursor.next();
    while (Character.isDigit(c)) {
      c = cursor.next();
    }
    if (c == '.') {
      return fraction();
    }
    if (isSuffix(c)) {
      return suffixed();
    }
    if (!negative && c == '-') {
      if (cursor.position() - start != 5) {
        throw cursor.syntax("All ISO8601 dates must be in full Zulu form.");
      }
      return time();
    }
    if (!negative && !endsNumber(c)) {
      return strings.unquoted(start, lineStart);
    }
    cursor.back();
    return integer();
  }

  private boolean endsNumber(int c) {
    return ConfigCursor.isNewLine(c)
        || ConfigCursor.isBlank(c)
        || c == END
        || c == '}'
        || c == ';'
        || c == ',';
  }

  private static boolean isSuffix(int c) {
    return c > 0 && "kKmMgGtTpPeE".indexOf(c) >= 0;
  }

  private @Nullable ConfigValue suffixed() {
    int c = cursor.next();
    while (c > 0 && "bBiI".indexOf(c) >= 0) {
      c = cursor.next();
    }
    cursor.back();
    return endsNumber(c) ? integer() : strings.unquoted(start, lineStart);
  }

  private @Nullable ConfigValue integer() {
    String text = cursor.slice(start, cursor.position());
    int digits = 0;
    while (digits < text.length() && isDigitOrMinus(text.codePointAt(digits))) {
      digits += Character.charCount(text.codePointAt(digits));
    }
    BigInteger value;
    try {
      value = new BigInteger(ascii(text.substring(0, digits)));
    } catch (NumberFormatException e) {
      throw new ConfigException("expected integer, but got '" + text + "'");
    }
    if (value.bitLength() > 63) {
      throw new ConfigException("integer '" + text + "' is out of the range");
    }
    long unit = unit(text.substring(digits).toLowerCase(Locale.ROOT));
    // As in nats-server, what is too large together with its unit overflows.
    return unit == 0 ? null : cursor.value(value.longValueExact() * unit, start - lineStart);
  }

  private static boolean isDigitOrMinus(int c) {
    return Character.isDigit(c) || c == '-';
  }

  // Java would take the digits of other scripts for numbers, too.
  private static String ascii(String number) {
    if (!number.chars().allMatch(c -> c < 0x80)) {
      throw new NumberFormatException(number);
    }
    return number;
  }

  private static long unit(String suffix) {
    return switch (suffix) {
      case "" -> 1L;
      case "k" -> 1_000L;
      case "kb", "ki", "kib" -> 1L << 10;
      case "m" -> 1_000_000L;
      case "mb", "mi", "mib" -> 1L << 20;
      case "g" -> 1_000_000_000L;
      case "gb", "gi", "gib" -> 1L << 30;
      case "t" -> 1_000_000_000_000L;
      case "tb", "ti", "tib" -> 1L << 40;
      case "p" -> 1_000_000_000_000_000L;
      case "pb", "pi", "pib" -> 1L << 50;
      case "e" -> 1_000_000_000_000_000_000L;
      case "eb", "ei", "eib" -> 1L << 60;
      default -> 0L;
    };
  }

  private ConfigValue fraction() {
    int c = cursor.next();
    if (!Character.isDigit(c)) {
      throw cursor.syntax(
          "Floats must have a digit after the '.', but got '"
              + ConfigCursor.shown(c)
              + "' instead.");
    }
    while (Character.isDigit(c)) {
      c = cursor.next();
    }
    boolean address = c == '.';
    while (address && (Character.isDigit(c) || c == '.' || c == ':' || c == '-')) {
      c = cursor.next();
    }
    cursor.back();
    String text = cursor.slice(start, cursor.position());
    if (address) {
      return cursor.value(text, start - lineStart);
    }
    double value;
    try {
      value = Double.parseDouble(ascii(text));
    } catch (NumberFormatException e) {
      throw new ConfigException("expected float, but got '" + text + "'");
    }
    if (Double.isInfinite(value)) {
      throw new ConfigException("float '" + text + "' is out of the range");
    }
    return cursor.value(value, start - lineStart);
  }

  private ConfigValue time() {
    for (int i = 0; i < ZULU_SHAPE.length(); i++) {
      char expected = ZULU_SHAPE.charAt(i);
      int c = cursor.next();
      if (expected == '0' && !Character.isDigit(c)) {
        throw cursor.syntax(
            "Expected digit in ISO8601 datetime, but found '"
                + ConfigCursor.shown(c)
                + "' instead.");
      }
      if (expected != '0' && expected != c) {
        throw cursor.syntax(
            "Expected '"
                + expected
                + "' in ISO8601 datetime, but found '"
                + ConfigCursor.shown(c)
                + "' instead.");
      }
    }
    String text = cursor.slice(start, cursor.position());
    try {
      Instant time = LocalDateTime.parse(text, ZULU).toInstant(ZoneOffset.UTC);
      return cursor.value(time, start - lineStart);
    } catch (DateTimeParseException e) {
      throw new ConfigException("expected Zulu formatted DateTime, but got '" + text + "'");
    }
  }
}
