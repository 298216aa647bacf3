package dev.hubkit.http;

import dev.hubkit.time.TimeSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** The date as HTTP writes it (RFC 9110, 5.6.7). Thread-safe. */
final class DateHeader {
  private static final String[] DAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  private static final String[] MONTHS = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };

  private final TimeSource clock;
  private volatile Written last = new Written(Long.MIN_VALUE, "");

  private record Written(long second, String text) {}

  DateHeader(TimeSource clock) {
    this.clock = clock;
  }

  String now() {
    long second = Math.floorDiv(clock.epochNanos(), 1_000_000_000L);
    Written known = last;
    if (known.second != second) {
      known = new Written(second, write(LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC)));
      last = known;
    }
    return known.text;
  }

  private static String write(LocalDateTime time) {
    StringBuilder text = new StringBuilder(32);
    text.append(DAYS[time.getDayOfWeek().getValue() - 1]).append(", ");
    two(text, time.getDayOfMonth()).append(' ').append(MONTHS[time.getMonthValue() - 1]);
    text.append(' ').append(time.getYear()).append(' ');
    two(text, time.getHour()).append(':');
    two(text, time.getMinute()).append(':');
    return two(text, time.getSecond()).append(" GMT").toString();
  }

  private static StringBuilder two(StringBuilder text, int number) {
    return text.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }
}
