package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/**
 * Parses and formats times in JSON: RFC 3339 with as many decimal places of the second as needed.
 */
public final class Rfc3339 {
  /** The zero time of Go, which means "never" where a time cannot be left out. */
  public static final OffsetDateTime ZERO = OffsetDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private Rfc3339() {}

  public static OffsetDateTime parse(String text) {
    try {
      return OffsetDateTime.parse(text);
    } catch (DateTimeParseException e) {
      throw new JsonException(
          "parsing time \"" + text + "\" as \"2006-01-02T15:04:05Z07:00\": cannot parse");
    }
  }

  /**
   * Returns nanoseconds since the epoch, limited to the range of 64 bits.
   *
   * @param unset what stands for no time: an empty text, or the zero time of Go
   */
  public static long epochNanos(String text, long unset) {
    OffsetDateTime time = text.isEmpty() ? ZERO : parse(text);
    return time.isEqual(ZERO) ? unset : epochNanos(time);
  }

  public static String format(OffsetDateTime time) {
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time);
  }

  public static String format(Instant time) {
    return format(time.atOffset(ZoneOffset.UTC));
  }

  public static String format(long epochNanos) {
    return format(instant(epochNanos));
  }

  public static Instant instant(long epochNanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(epochNanos, 1_000_000_000L), Math.floorMod(epochNanos, 1_000_000_000L));
  }

  /** Returns nanoseconds since the epoch, limited to the range of 64 bits. */
  public static long epochNanos(OffsetDateTime time) {
    long seconds = time.toEpochSecond();
    if (seconds > Long.MAX_VALUE / 1_000_000_000L - 1) {
      return Long.MAX_VALUE;
    }
    return seconds < Long.MIN_VALUE / 1_000_000_000L + 1
        ? Long.MIN_VALUE
        : seconds * 1_000_000_000L + time.getNano();
  }
}
