package dev.hubkit.nats.security;

import dev.hubkit.nats.credential.UserLimits;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;

/** The times of day at which a user may be connected. */
final class AllowedTimes {
  private AllowedTimes() {}

  /**
   * Returns until when a user that connects now may stay, in seconds since the epoch; {@link
   * Long#MAX_VALUE} for ever, 0 when it may not connect now.
   */
  static long until(UserLimits limits, Instant now) {
    if (limits.times().isEmpty()) {
      return Long.MAX_VALUE;
    }
    try {
      ZoneId zone =
          limits.timesLocation().isEmpty()
              ? ZoneId.systemDefault()
              : ZoneId.of(limits.timesLocation());
      ZonedDateTime local = now.atZone(zone);
      for (UserLimits.TimeRange range : limits.times()) {
        ZonedDateTime start = local.with(LocalTime.parse(range.start()));
        ZonedDateTime end = local.with(LocalTime.parse(range.end()));
        if (start.isAfter(end)) {
          // Over midnight: either it began yesterday or it ends tomorrow.
          if (local.isBefore(end)) {
            start = start.minusDays(1);
          } else {
            end = end.plusDays(1);
          }
        }
        if (local.isAfter(start) && local.isBefore(end)) {
          return end.toEpochSecond();
        }
      }
      return 0;
    } catch (DateTimeException e) {
      return 0;
    }
  }
}
