package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.text.GoNumber;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a message that mean something to a stream, found in one pass over its header
 * block. Of a repeated header the first counts. Immutable.
 */
public final class PublishHeaders {
  /** The headers of a message that has none of them. */
  public static final PublishHeaders NONE = new PublishHeaders();

  /** The headers a stream knows. */
  public enum Name {
    MESSAGE_ID("Nats-Msg-Id"),
    EXPECTED_STREAM("Nats-Expected-Stream"),
    EXPECTED_LAST_SEQUENCE("Nats-Expected-Last-Sequence"),
    EXPECTED_LAST_SUBJECT_SEQUENCE("Nats-Expected-Last-Subject-Sequence"),
    EXPECTED_LAST_SUBJECT("Nats-Expected-Last-Subject-Sequence-Subject"),
    EXPECTED_LAST_MESSAGE_ID("Nats-Expected-Last-Msg-Id"),
    ROLLUP("Nats-Rollup"),
    TTL("Nats-TTL"),
    INCREMENT("Nats-Incr"),
    COUNTER_SOURCES("Nats-Counter-Sources"),
    BATCH_ID("Nats-Batch-Id"),
    BATCH_SEQUENCE("Nats-Batch-Sequence"),
    BATCH_COMMIT("Nats-Batch-Commit"),
    SCHEDULE("Nats-Schedule"),
    SCHEDULE_TIME_ZONE("Nats-Schedule-Time-Zone"),
    SCHEDULE_TTL("Nats-Schedule-TTL"),
    SCHEDULE_ROLLUP("Nats-Schedule-Rollup"),
    SCHEDULE_TARGET("Nats-Schedule-Target"),
    SCHEDULE_SOURCE("Nats-Schedule-Source"),
    SCHEDULER("Nats-Scheduler"),
    SCHEDULE_NEXT("Nats-Schedule-Next"),
    STREAM_SOURCE("Nats-Stream-Source"),
    STREAM_IDENTITY("Nats-Stream-Identity"),
    MARKER_REASON("Nats-Marker-Reason"),
    REQUIRED_API_LEVEL("Nats-Required-Api-Level"),
    REQUEST_INFO("Nats-Request-Info");

    private final String text;

    Name(String text) {
      this.text = text;
    }

    /** Returns the name of the header on the wire. */
    public String text() {
      return text;
    }
  }

  private static final Map<String, Name> NAMES = new HashMap<>();

  static {
    for (Name name : Name.values()) {
      NAMES.put(name.text, name);
    }
  }

  private final Map<Name, String> values = new EnumMap<>(Name.class);

  private PublishHeaders() {}

  /** Parses a header block of {@code length} bytes, which may be 0. */
  public static PublishHeaders parse(byte[] buffer, int offset, int length) {
    PublishHeaders headers = NONE;
    int end = offset + length;
    int line = lineEnd(buffer, offset, end) + 2; // behind "NATS/1.0"
    while (line < end) {
      int next = lineEnd(buffer, line, end);
      if (isKnownPrefix(buffer, line, next)) {
        int colon = line;
        while (colon < next && buffer[colon] != ':') {
          colon++;
        }
        Name name = NAMES.get(new String(buffer, line, colon - line, StandardCharsets.ISO_8859_1));
        if (name != null && colon < next) {
          if (headers == NONE) {
            headers = new PublishHeaders();
          }
          int value = colon + 1;
          while (value < next && buffer[value] == ' ') {
            value++;
          }
          headers.values.putIfAbsent(
              name, new String(buffer, value, next - value, StandardCharsets.UTF_8));
        }
      }
      line = next + 2;
    }
    return headers;
  }

  private static boolean isKnownPrefix(byte[] buffer, int from, int to) {
    return to - from > 5
        && buffer[from] == 'N'
        && buffer[from + 1] == 'a'
        && buffer[from + 2] == 't'
        && buffer[from + 3] == 's'
        && buffer[from + 4] == '-';
  }

  private static int lineEnd(byte[] buffer, int from, int to) {
    int at = from;
    while (at < to && !(buffer[at] == '\r' && at + 1 < to && buffer[at + 1] == '\n')) {
      at++;
    }
    return at;
  }

  /** Returns the value without leading spaces, or null if the header is missing. */
  @Nullable
  public String get(Name name) {
    return values.get(name);
  }

  /** Returns the value, empty if the header is missing. */
  public String text(Name name) {
    String value = values.get(name);
    return value == null ? "" : value;
  }

  /** Returns whether the header has a value. */
  public boolean has(Name name) {
    String value = values.get(name);
    return value != null && !value.isEmpty();
  }

  /**
   * Returns a value as a sequence, parsed as in nats-server: digits only, -1 (which is no sequence)
   * for anything else; more than 64 bits overflow.
   */
  public long sequence(Name name) {
    return GoNumber.overflowing(text(name));
  }

  /** Returns digits as a number; -1 for anything else and for numbers that are too large. */
  public static long digits(String text) {
    if (text.isEmpty()) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || number > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  /** Returns the value of the rollup header in lower case, empty if it is missing. */
  public String rollup() {
    return text(Name.ROLLUP).toLowerCase(Locale.ROOT);
  }
}
