package dev.hubkit.time;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Locale;

/**
 * Reads times of RFC 3339 as {@code time.Parse} of Go does: an hour may have one digit, and a comma
 * may begin the fraction of a second. Not thread-safe.
 */
public final class GoTimeParser {
  private static final String LAYOUT = "2006-01-02T15:04:05Z07:00";
  private static final int NANO_DIGITS = 9;
  private static final int MAX_OFFSET = 18 * 3600;

  private final String text;
  private int at;

  private GoTimeParser(String text) {
    this.text = text;
  }

  /**
   * Reads a time. One whose offset is beyond the 18 hours that Java knows is returned in UTC.
   *
   * @throws DateTimeException if the text is no such time, in Go's words
   */
  public static OffsetDateTime parse(String text) {
    return parse(text.getBytes(StandardCharsets.UTF_8));
  }

  /** {@link #parse(String)} of text in UTF-8, which may be malformed. */
  public static OffsetDateTime parse(byte[] text) {
    // Go shows each byte that is not ASCII.
    return new GoTimeParser(new String(text, StandardCharsets.ISO_8859_1)).read();
  }

  private OffsetDateTime read() {
    int year = year();
    skip('-');
    int month = number("01", true, 1, 12, "month");
    skip('-');
    int day = number("02", true, 0, 99, "day");
    skip('T');
    int hour = number("15", false, 0, 23, "hour");
    skip(':');
    int minute = number("04", true, 0, 59, "minute");
    skip(':');
    int second = number("05", true, 0, 59, "second");
    int nanos = fraction();
    int offset = offset();
    if (at < text.length()) {
      throw new DateTimeException(
          "parsing time " + quote(text) + ": extra text: " + quote(text.substring(at)));
    }
    if (day < 1 || day > YearMonth.of(year, month).lengthOfMonth()) {
      throw outOfRange("day");
    }
    LocalDateTime time = LocalDateTime.of(year, month, day, hour, minute, second, nanos);
    return Math.abs(offset) <= MAX_OFFSET
        ? time.atOffset(ZoneOffset.ofTotalSeconds(offset))
        : time.minusSeconds(offset).atOffset(ZoneOffset.UTC);
  }

  private int year() {
    int year = 0;
    for (int i = 0; i < 4; i++) {
      if (!isDigit(at + i)) {
        throw bad("2006", at);
      }
      year = 10 * year + text.charAt(at + i) - '0';
    }
    at += 4;
    return year;
  }

  private void skip(char wanted) {
    if (at == text.length() || text.charAt(at) != wanted) {
      throw bad(String.valueOf(wanted), at);
    }
    at++;
  }

  private int number(String layout, boolean twoDigits, int min, int max, String name) {
    int from = at;
    int value = number(layout, twoDigits, from);
    if (value < min || value > max) {
      throw outOfRange(name);
    }
    return value;
  }

  private int number(String layout, boolean twoDigits, int from) {
    boolean two = isDigit(at + 1);
    if (!isDigit(at) || (twoDigits && !two)) {
      throw bad(layout, from);
    }
    int value = text.charAt(at) - '0';
    at++;
    if (two) {
      value = 10 * value + text.charAt(at) - '0';
      at++;
    }
    return value;
  }

  private int fraction() {
    boolean present =
        at < text.length() && (text.charAt(at) == '.' || text.charAt(at) == ',') && isDigit(at + 1);
    if (!present) {
      return 0;
    }
    int nanos = 0;
    int digits = 0;
    for (at++; isDigit(at); at++) {
      if (digits < NANO_DIGITS) {
        nanos = 10 * nanos + text.charAt(at) - '0';
        digits++;
      }
    }
    for (; digits < NANO_DIGITS; digits++) {
      nanos *= 10;
    }
    return nanos;
  }

  /** Reads the offset from UTC in seconds. */
  private int offset() {
    int from = at;
    if (at < text.length() && text.charAt(at) == 'Z') {
      at++;
      return 0;
    }
    if (text.length() - at < 6 || text.charAt(at + 3) != ':') {
      throw bad("Z07:00", from);
    }
    char sign = text.charAt(at);
    at++;
    int hours = number("Z07:00", true, from);
    at = from + 4;
    int minutes = number("Z07:00", true, from);
    if (hours > 24 || minutes > 60) {
      throw outOfRange("time zone offset " + (minutes > 60 ? "minute" : "hour"));
    }
    if (sign != '+' && sign != '-') {
      throw bad("Z07:00", from);
    }
    int seconds = (hours * 60 + minutes) * 60;
    return sign == '-' ? -seconds : seconds;
  }

  private boolean isDigit(int index) {
    return index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9';
  }

  private DateTimeException bad(String layout, int from) {
    return new DateTimeException(
        "parsing time "
            + quote(text)
            + " as "
            + quote(LAYOUT)
            + ": cannot parse "
            + quote(text.substring(from))
            + " as "
            + quote(layout));
  }

  private DateTimeException outOfRange(String what) {
    return new DateTimeException("parsing time " + quote(text) + ": " + what + " out of range");
  }

  private static String quote(String latin) {
    StringBuilder out = new StringBuilder(latin.length() + 2).append('"');
    for (int i = 0; i < latin.length(); i++) {
      char c = latin.charAt(i);
      if (c >= 0x80 || c < ' ') {
        out.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      } else {
        out.append(c == '"' || c == '\\' ? "\\" : "").append(c);
      }
    }
    return out.append('"').toString();
  }
}
