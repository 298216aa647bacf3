package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.GoTimeParser;
import dev.hubkit.time.Nanos;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.jspecify.annotations.Nullable;

/**
 * When a scheduled message is due (ADR-51): {@code @at}, {@code @every}, a cron pattern or one of
 * its short forms.
 *
 * @param at nanoseconds since the Unix epoch
 * @param repeats whether there will be another time after that
 */
public record ScheduleTime(long at, boolean repeats) {
  private static final long SECOND = 1_000_000_000L;

  /**
   * Parses the schedule of a message.
   *
   * @param from the time after which the next one is looked for
   * @param now a schedule that missed several times is due only once more
   * @return the time, or null if the message has no schedule
   * @throws ApiException if the schedule is invalid
   */
  public static @Nullable ScheduleTime parse(PublishHeaders headers, long from, long now) {
    String zoneName = headers.get(Name.SCHEDULE_TIME_ZONE);
    ZoneId zone = zoneName == null ? null : zone(zoneName);
    String pattern = headers.text(Name.SCHEDULE);
    if (pattern.isEmpty()) {
      return null;
    }
    ScheduleTime time = parse(pattern, zone, from, now);
    if (time == null) {
      throw ApiError.MESSAGE_SCHEDULES_PATTERN_INVALID.exception();
    }
    return time;
  }

  private static ZoneId zone(String name) {
    try {
      if (!name.isEmpty() && (name.equals("UTC") || name.equals("Local") || name.contains("/"))) {
        return name.equals("Local") ? ZoneId.systemDefault() : ZoneId.of(name);
      }
      if (ZoneId.getAvailableZoneIds().contains(name)) {
        return ZoneId.of(name);
      }
    } catch (DateTimeException e) {
      // There is no zone of that name.
    }
    throw ApiError.MESSAGE_SCHEDULES_TIME_ZONE_INVALID.exception();
  }

  private static @Nullable ScheduleTime parse(
      String pattern, @Nullable ZoneId zone, long from, long now) {
    if (pattern.startsWith("@at ")) {
      if (zone != null) {
        return null;
      }
      try {
        OffsetDateTime at = GoTimeParser.parse(pattern.substring(4));
        return new ScheduleTime(Rfc3339.epochNanos(at), false);
      } catch (DateTimeException e) {
        return null;
      }
    }
    if (pattern.startsWith("@every ")) {
      long interval = GoDuration.parse(pattern.substring(7)).orElse(0);
      if (zone != null || interval < SECOND) {
        return null;
      }
      long next = Nanos.plus(toSecond(from), interval);
      return new ScheduleTime(next < now ? Nanos.plus(toSecond(now), interval) : next, true);
    }
    CronPattern cron = CronPattern.parse(longForm(pattern));
    if (cron == null) {
      return null;
    }
    ZoneId in = zone == null ? ZoneOffset.UTC : zone;
    ZonedDateTime next = cron.next(Rfc3339.instant(from).atZone(in));
    if (next != null && nanos(next) < now) {
      next = cron.next(Rfc3339.instant(toSecond(now)).atZone(in));
    }
    return next == null ? null : new ScheduleTime(nanos(next), true);
  }

  private static long nanos(ZonedDateTime time) {
    return Rfc3339.epochNanos(time.toOffsetDateTime());
  }

  private static long toSecond(long nanos) {
    return Math.floorDiv(Nanos.plus(nanos, SECOND / 2), SECOND) * SECOND;
  }

  private static String longForm(String pattern) {
    return switch (pattern) {
      case "@yearly", "@annually" -> "0 0 0 1 1 *";
      case "@monthly" -> "0 0 0 1 * *";
      case "@weekly" -> "0 0 0 * * 0";
      case "@daily", "@midnight" -> "0 0 0 * * *";
      case "@hourly" -> "0 0 * * * *";
      default -> pattern;
    };
  }
}
