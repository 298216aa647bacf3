package dev.hubkit.junit.time;

import dev.hubkit.time.TimeSource;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Objects;

/** The time of a hub as a clock of Java. */
final class HubClock extends Clock {
  private final TimeSource source;
  private final ZoneId zone;

  HubClock(TimeSource source, ZoneId zone) {
    this.source = source;
    this.zone = Objects.requireNonNull(zone, "zone");
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  @Override
  public Clock withZone(ZoneId other) {
    return other.equals(zone) ? this : new HubClock(source, other);
  }

  @Override
  public Instant instant() {
    return source.now();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HubClock clock
        && source.equals(clock.source)
        && zone.equals(clock.zone);
  }

  @Override
  public int hashCode() {
    return Objects.hash(source, zone);
  }

  @Override
  public String toString() {
    return "the hub's clock in " + zone + ": " + instant();
  }
}
