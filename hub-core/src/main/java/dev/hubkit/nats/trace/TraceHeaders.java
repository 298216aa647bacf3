package dev.hubkit.nats.trace;

import dev.hubkit.nats.wire.HeaderFields;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of a message ask for. Immutable.
 *
 * @param headers all of them
 * @param external whether it is only a {@code traceparent} that asks, as of a tracing system: then
 *     the account says where the trace goes
 * @see <a href="https://github.com/nats-io/nats-architecture-and-design">ADR-41</a>
 */
public record TraceHeaders(Map<String, List<String>> headers, boolean external) {
  /** Where the trace is to go. */
  public static final String DESTINATION = "Nats-Trace-Dest";

  /** What {@link #DESTINATION} has when a message is not to be traced any further. */
  public static final String DISABLED = "trace disabled";

  /**
   * Which way the message has come from server to server: {@code 1.2} behind the first's second.
   */
  public static final String HOP = "Nats-Trace-Hop";

  private static final String ONLY = "Nats-Trace-Only";
  private static final String ORIGIN_ACCOUNT = "Nats-Trace-Origin-Account";
  private static final String ENCODING = "Accept-Encoding";
  private static final String PARENT = "traceparent";
  private static final int LINE = "NATS/1.0\r\n".length();

  /**
   * Looks for a request in a header block.
   *
   * @return null when there is none
   */
  public static @Nullable TraceHeaders find(byte[] buffer, int offset, int length) {
    if (!isPossible(buffer, offset, length)) {
      return null;
    }
    Map<String, List<String>> headers =
        HeaderFields.of(Arrays.copyOfRange(buffer, offset, offset + length));
    List<String> destination = headers.get(DESTINATION);
    if (destination != null) {
      return destination.contains(DISABLED) ? null : new TraceHeaders(headers, false);
    }
    boolean sampled =
        headers.entrySet().stream()
            .filter(header -> header.getKey().equalsIgnoreCase(PARENT))
            .flatMap(header -> header.getValue().stream())
            .anyMatch(TraceHeaders::isSampled);
    return sampled ? new TraceHeaders(headers, true) : null;
  }

  // Most messages with headers ask for no trace, and that is to be seen without much ado.
  private static boolean isPossible(byte[] buffer, int offset, int length) {
    int end = offset + length;
    for (int at = offset + LINE; at < end; at++) {
      if (isAt(buffer, at, end, DESTINATION) || isAt(buffer, at, end, PARENT)) {
        return true;
      }
      while (at < end && buffer[at] != '\n') {
        at++;
      }
    }
    return false;
  }

  private static boolean isAt(byte[] buffer, int at, int end, String name) {
    if (end - at <= name.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      // Without regard to case, for letters and the dash.
      if (((buffer[at + i] ^ name.charAt(i)) & ~0x20) != 0) {
        return false;
      }
    }
    return true;
  }

  // 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01: the last bit says it.
  private static boolean isSampled(String parent) {
    String[] parts = parent.split("-", -1);
    if (parts.length != 4 || parts[3].length() != 2) {
      return false;
    }
    try {
      return (Integer.parseInt(parts[3], 16) & 1) == 1;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private String first(String name) {
    List<String> values = headers.get(name);
    return values == null ? "" : values.get(0);
  }

  /** Where the trace is to go; empty where the account says. */
  public String destination() {
    return first(DESTINATION);
  }

  /** Whether the message is to be traced, but not delivered. */
  public boolean only() {
    return !external && List.of("1", "true", "on").contains(first(ONLY).toLowerCase(Locale.ROOT));
  }

  /** Which way the message has come so far; empty where it is new. */
  public String hop() {
    return first(HOP);
  }

  /** Whether another server has begun a trace that this one must not go on with. */
  public boolean isForeign() {
    return !first(ORIGIN_ACCOUNT).isEmpty();
  }

  /** The encodings of the trace that are welcome. */
  public String encoding() {
    return first(ENCODING);
  }
}
