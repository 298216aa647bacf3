package dev.hubkit.time;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times and durations as Go and nats-server write them. */
public final class GoTime {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter LOCAL_SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ssXXX");
  private static final long SECOND = 1_000_000_000L;

  private GoTime() {}

  /** Formats a time by RFC 3339, with as many digits of the fraction as it needs. */
  public static String stamp(long epochNanos) {
    long seconds = Math.floorDiv(epochNanos, SECOND);
    long nanos = Math.floorMod(epochNanos, SECOND);
    String text = SECONDS.format(Instant.ofEpochSecond(seconds));
    if (nanos == 0) {
      return text + "Z";
    }
    String fraction = String.format(Locale.ROOT, "%09d", nanos);
    int end = fraction.length();
    while (fraction.charAt(end - 1) == '0') {
      end--;
    }
    return text + "." + fraction.substring(0, end) + "Z";
  }

  /**
   * Formats a time by RFC 3339 in the time zone of the computer.
   *
   * @param seconds since the epoch
   */
  public static String localStamp(long seconds) {
    return LOCAL_SECONDS.format(Instant.ofEpochSecond(seconds).atZone(ZoneId.systemDefault()));
  }

  /** Formats a duration in years, days, hours, minutes and seconds, such as {@code 1h2m3s}. */
  public static String uptime(long nanos) {
    long seconds = Math.max(0, nanos) / SECOND;
    long minutes = seconds / 60;
    long hours = minutes / 60;
    long days = hours / 24;
    long years = days / 365;
    if (years > 0) {
      return years
          + "y"
          + days % 365
          + "d"
          + hours % 24
          + "h"
          + minutes % 60
          + "m"
          + seconds % 60
          + "s";
    }
    if (days > 0) {
      return days + "d" + hours % 24 + "h" + minutes % 60 + "m" + seconds % 60 + "s";
    }
    if (hours > 0) {
      return hours + "h" + minutes % 60 + "m" + seconds % 60 + "s";
    }
    return minutes > 0 ? minutes + "m" + seconds % 60 + "s" : seconds + "s";
  }
}
