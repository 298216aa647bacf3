package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonType;
import dev.hubkit.time.GoTimeParser;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parses and formats times in JSON: RFC 3339 with as many decimal places of the second as needed.
 */
public final class Rfc3339 {
  /** The zero time of Go, which means "never" where a time cannot be left out. */
  public static final OffsetDateTime ZERO = OffsetDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private Rfc3339() {}

  /** The type of a time in JSON, which is kept as text. */
  public static final JsonType TYPE = JsonType.custom("time.Time", Rfc3339::checked);

  // Go reads the text as it stands, with its escapes.
  private static @Nullable Object checked(byte[] json) {
    String text = new String(json, StandardCharsets.UTF_8);
    if (text.equals("null")) {
      return null;
    }
    if (!text.startsWith("\"")) {
      throw new JsonException("Time.UnmarshalJSON: input is not a JSON string");
    }
    parse(Arrays.copyOfRange(json, 1, json.length - 1));
    return text.substring(1, text.length() - 1);
  }

  /**
   * Parses a time.
   *
   * @throws JsonException if {@code text} is none, in the words of Go
   */
  public static OffsetDateTime parse(String text) {
    return parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static OffsetDateTime parse(byte[] text) {
    try {
      return GoTimeParser.parse(text);
    } catch (DateTimeException e) {
      throw new JsonException(String.valueOf(e.getMessage()));
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
