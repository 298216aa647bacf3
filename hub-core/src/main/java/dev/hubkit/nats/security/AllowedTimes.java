package dev.hubkit.nats.security;

import dev.hubkit.nats.credential.TimeOfDay;
import dev.hubkit.nats.credential.UserLimits;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;

/** The times of day at which a user may be connected. */
final class AllowedTimes {
  private AllowedTimes() {}

  /**
   * Returns until when a user that connects now may stay, in seconds since the epoch, by the time
   * that ends last; {@link Long#MAX_VALUE} for ever, 0 when it may not connect now.
   */
  static long until(UserLimits limits, Instant now) {
    if (limits.times().isEmpty()) {
      return Long.MAX_VALUE;
    }
    Optional<ZoneId> zone = TimeOfDay.zone(limits.timesLocation());
    if (zone.isEmpty()) {
      return 0;
    }
    ZonedDateTime local = now.atZone(zone.get());
    long until = 0;
    for (UserLimits.TimeRange range : limits.times()) {
      Optional<LocalTime> from = TimeOfDay.parse(range.start());
      Optional<LocalTime> to = TimeOfDay.parse(range.end());
      if (from.isEmpty() || to.isEmpty()) {
        return 0;
      }
      ZonedDateTime start = local.with(from.get());
      ZonedDateTime end = local.with(to.get());
      if (start.isAfter(end)) {
        // Over midnight: either it began yesterday or it ends tomorrow.
        if (local.isBefore(end)) {
          start = start.minusDays(1);
        } else {
          end = end.plusDays(1);
        }
      }
      if (local.isAfter(start) && local.isBefore(end)) {
        until = Math.max(until, end.toEpochSecond());
      }
    }
    return until;
  }
}
