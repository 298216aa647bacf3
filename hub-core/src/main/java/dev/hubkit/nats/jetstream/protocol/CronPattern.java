package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.text.GoNumber;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression of six fields, as message schedules have them (ADR-51): second, minute, hour,
 * day of month, month, day of week. Immutable.
 */
final class CronPattern {
  private static final int YEARS_AHEAD = 5;
  private static final List<String> MONTHS =
      List.of(
          "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

  private final Field seconds;
  private final Field minutes;
  private final Field hours;
  private final Field daysOfMonth;
  private final Field months;
  private final Field daysOfWeek;

  /** The values a field allows; {@code any} when it was written with a star. */
  private record Field(BitSet values, boolean any) {
    boolean has(int value) {
      return values.get(value);
    }
  }

  private CronPattern(List<Field> fields) {
    seconds = fields.get(0);
    minutes = fields.get(1);
    hours = fields.get(2);
    daysOfMonth = fields.get(3);
    months = fields.get(4);
    daysOfWeek = fields.get(5);
  }

  /** Parses a pattern; returns null if it is invalid. */
  public static @Nullable CronPattern parse(String text) {
    StringTokenizer tokens = new StringTokenizer(text, " \t\n\r\f");
    if (tokens.countTokens() != 6) {
      return null;
    }
    try {
      return new CronPattern(
          List.of(
              field(tokens.nextToken(), 0, 59, List.of()),
              field(tokens.nextToken(), 0, 59, List.of()),
              field(tokens.nextToken(), 0, 23, List.of()),
              field(tokens.nextToken(), 1, 31, List.of()),
              field(tokens.nextToken(), 1, 12, MONTHS),
              field(tokens.nextToken(), 0, 6, DAYS)));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static Field field(String text, int min, int max, List<String> names) {
    BitSet values = new BitSet();
    boolean any = false;
    for (String range : text.split(",", -1)) {
      if (!range.isEmpty()) {
        any |= addRange(values, range, min, max, names);
      }
    }
    return new Field(values, any);
  }

  private static boolean addRange(
      BitSet values, String range, int min, int max, List<String> names) {
    String[] stepped = range.split("/", -1);
    String[] ends = stepped[0].split("-", -1);
    if (stepped.length > 2 || ends.length > 2) {
      throw new IllegalArgumentException(range);
    }
    boolean any = ends[0].equals("*") || ends[0].equals("?");
    int start = any ? min : number(ends[0], names);
    int end = start;
    if (any) {
      end = max;
    } else if (ends.length == 2) {
      end = number(ends[1], names);
    }
    int step = 1;
    if (stepped.length == 2) {
      step = number(stepped[1], List.of());
      if (ends.length == 1) {
        end = max;
      }
      any &= step <= 1;
    }
    if (start < min || end > max || start > end || step == 0) {
      throw new IllegalArgumentException(range);
    }
    for (int value = start; value <= end; value += step) {
      values.set(value);
    }
    return any;
  }

  private static int number(String text, List<String> names) {
    int named = text.isEmpty() ? -1 : names.indexOf(text.toLowerCase(Locale.ROOT));
    long number = named >= 0 ? named : GoNumber.integer32(text).orElse(-1);
    if (number < 0) {
      throw new IllegalArgumentException(text);
    }
    return (int) number;
  }

  /** Returns the first time after {@code after}, or null if there is none within five years. */
  @Nullable
  public ZonedDateTime next(ZonedDateTime after) {
    ZoneId zone = after.getZone();
    ZonedDateTime start = after.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    LocalDate lastDay = LocalDate.of(start.getYear() + YEARS_AHEAD, 12, 31);
    try {
      for (LocalDate day = start.toLocalDate(); !day.isAfter(lastDay); day = nextDay(day)) {
        if (matches(day)) {
          boolean first = day.equals(start.toLocalDate());
          ZonedDateTime found =
              nextOn(first ? start : day.atStartOfDay(zone), day, first ? start : null);
          if (found != null) {
            return found;
          }
        }
      }
    } catch (DateTimeException e) {
      return null; // beyond the calendar
    }
    return null;
  }

  private LocalDate nextDay(LocalDate day) {
    return months.has(day.getMonthValue()) ? day.plusDays(1) : day.withDayOfMonth(1).plusMonths(1);
  }

  private boolean matches(LocalDate day) {
    if (!months.has(day.getMonthValue())) {
      return false;
    }
    boolean ofMonth = daysOfMonth.has(day.getDayOfMonth());
    boolean ofWeek = daysOfWeek.has(day.getDayOfWeek().getValue() % 7);
    boolean both = daysOfMonth.any() || daysOfWeek.any();
    return both ? (ofMonth && ofWeek) : (ofMonth || ofWeek);
  }

  // Steps by elapsed hours, so that hours repeated or left out by a clock change are right.
  private @Nullable ZonedDateTime nextOn(
      ZonedDateTime from, LocalDate day, @Nullable ZonedDateTime notBefore) {
    ZonedDateTime hour = from.truncatedTo(ChronoUnit.HOURS);
    while (hour.toLocalDate().equals(day)) {
      if (hours.has(hour.getHour())) {
        ZonedDateTime found = nextIn(hour, notBefore);
        if (found != null) {
          return found;
        }
      }
      hour = hour.plusHours(1);
    }
    return null;
  }

  private @Nullable ZonedDateTime nextIn(ZonedDateTime hour, @Nullable ZonedDateTime notBefore) {
    for (int minute = minutes.values().nextSetBit(0);
        minute >= 0;
        minute = minutes.values().nextSetBit(minute + 1)) {
      for (int second = seconds.values().nextSetBit(0);
          second >= 0;
          second = seconds.values().nextSetBit(second + 1)) {
        ZonedDateTime time = hour.plusMinutes(minute).plusSeconds(second);
        if (notBefore == null || !time.isBefore(notBefore)) {
          return time;
        }
      }
    }
    return null;
  }
}
