package dev.hubkit.fossil.content;

import dev.hubkit.time.Nanos;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The notations of time in Fossil's tables and artifacts: Julian days in the tables (SQLite's
 * {@code julianday()}, exact to the millisecond), ISO 8601 in UTC in the artifacts.
 */
public final class JulianDay {
  private static final long MILLIS_AT_EPOCH = 210_866_760_000_000L;
  private static final double MILLIS_PER_DAY = 86_400_000.0;

  /** Of sixteen digits seven are in front of the point; six times it is multiplied with a tenth. */
  private static final double DIGITS_LEFT = 1e9;

  private static final double GROWTH = 6 * 5.551115123125783e-17;
  private static final double HALF_OF_NEXT_DIGIT = 0.05;
  private static final DateTimeFormatter TEXT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private JulianDay() {}

  /** The Julian day of an instant. */
  public static double of(Instant instant) {
    return (instant.toEpochMilli() + MILLIS_AT_EPOCH) / MILLIS_PER_DAY;
  }

  /**
   * The Julian day of an instant in the rows that C fossil writes as text: its {@code printf} has
   * sixteen digits for it, and shifts it by multiplying with a tenth that is not quite one, by
   * which it grows a little. Not a millisecond, but check-ins that are moved on the timeline move
   * by what it gives. Source: {@code %.17g} in C fossil's {@code printf.c}, in long doubles of 64
   * bits.
   */
  public static double printed(Instant instant) {
    return printed(of(instant));
  }

  /** {@link #printed(Instant)} of what {@link #of} gives; to do it again would change it again. */
  public static double printed(double day) {
    double whole = Math.floor(day);
    double grown = (day - whole) * DIGITS_LEFT + day * DIGITS_LEFT * GROWTH + HALF_OF_NEXT_DIGIT;
    return (whole * DIGITS_LEFT + Math.floor(grown)) / DIGITS_LEFT;
  }

  /** The instant of a Julian day, to the millisecond. */
  public static Instant instant(double day) {
    return Instant.ofEpochMilli(Nanos.minus(Math.round(day * MILLIS_PER_DAY), MILLIS_AT_EPOCH));
  }

  /** Formats an instant as artifacts do: {@code 2024-02-29T12:30:00.000}. */
  public static String text(Instant instant) {
    return TEXT.format(instant);
  }

  /**
   * Reads a date as artifacts hold it: {@code YYYY-MM-DD}, followed by {@code T} or a space and
   * {@code HH:MM}, {@code HH:MM:SS} or {@code HH:MM:SS.SSS} with any number of decimals; UTC.
   *
   * @throws MalformedContentException if it is not a date
   */
  public static Instant parse(String text) {
    Scanner in = new Scanner(text);
    int year = in.number(4, 9999);
    in.expect('-');
    int month = in.number(2, 12);
    in.expect('-');
    int day = in.number(2, 31);
    if (month == 0 || day == 0) {
      throw in.malformed();
    }
    long millis = 0;
    if (!in.atEnd()) {
      if (!in.accept('T')) {
        in.expect(' ');
      }
      millis = in.number(2, 24) * 3_600_000L;
      in.expect(':');
      millis += in.number(2, 59) * 60_000L;
      if (in.accept(':')) {
        millis += in.number(2, 59) * 1000L;
        if (in.accept('.')) {
          millis += in.decimals();
        }
      }
      in.accept('Z');
    }
    if (!in.atEnd()) {
      throw in.malformed();
    }
    return LocalDate.of(year, month, 1)
        .plusDays(day - 1L)
        .atTime(LocalTime.MIDNIGHT)
        .toInstant(ZoneOffset.UTC)
        .plusMillis(millis);
  }

  private static final class Scanner {
    private final String text;
    private int position;

    Scanner(String text) {
      this.text = text;
    }

    boolean atEnd() {
      return position == text.length();
    }

    boolean accept(char c) {
      if (atEnd() || text.charAt(position) != c) {
        return false;
      }
      position++;
      return true;
    }

    void expect(char c) {
      if (!accept(c)) {
        throw malformed();
      }
    }

    int number(int digits, int largest) {
      int number = 0;
      for (int i = 0; i < digits; i++) {
        number = number * 10 + digit();
      }
      if (number > largest) {
        throw malformed();
      }
      return number;
    }

    /** Milliseconds, rounded to the nearest as SQLite does. */
    long decimals() {
      int first = position;
      while (!atEnd() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
        position++;
      }
      if (first == position || position - first > 18) {
        throw malformed();
      }
      return (long) (Double.parseDouble("0." + text.substring(first, position)) * 1000 + 0.5);
    }

    private int digit() {
      if (atEnd() || text.charAt(position) < '0' || text.charAt(position) > '9') {
        throw malformed();
      }
      return text.charAt(position++) - '0';
    }

    MalformedContentException malformed() {
      String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
      return new MalformedContentException("not a date: \"" + shown + "\"");
    }
  }
}
