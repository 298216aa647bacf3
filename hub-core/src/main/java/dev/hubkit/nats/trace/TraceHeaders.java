package dev.hubkit.nats.trace;

import dev.hubkit.nats.wire.HeaderFields;
import dev.hubkit.text.GoNumber;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a message that asks to be traced. Immutable.
 *
 * @param headers all of them
 * @param external whether the message has only the {@code traceparent} of a tracing system, so that
 *     the account decides where the trace goes
 * @see <a href="https://github.com/nats-io/nats-architecture-and-design">ADR-41</a>
 */
public record TraceHeaders(Map<String, List<String>> headers, boolean external) {
  /** The header that names the subject the trace is sent to. */
  public static final String DESTINATION = "Nats-Trace-Dest";

  /** The value of {@link #DESTINATION} in a message that must not be traced any further. */
  public static final String DISABLED = "trace disabled";

  /** The header that records the hops of the message from server to server, such as {@code 1.2}. */
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

  // Most messages with headers ask for no trace, so this must be cheap.
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

  // 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01: the last bit says whether it is
  // sampled.
  private static boolean isSampled(String parent) {
    String[] parts = parent.split("-", -1);
    if (parts.length != 4 || parts[3].length() != 2) {
      return false;
    }
    return (GoNumber.hexadecimal8(parts[3]).orElse(0) & 1) == 1;
  }

  private String first(String name) {
    List<String> values = headers.get(name);
    return values == null ? "" : values.get(0);
  }

  /** Returns the subject the trace is sent to; empty when the account decides. */
  public String destination() {
    return first(DESTINATION);
  }

  /** Returns whether the message is to be traced, but not delivered. */
  public boolean only() {
    return !external && List.of("1", "true", "on").contains(first(ONLY).toLowerCase(Locale.ROOT));
  }

  /** Returns the hops of the message so far; empty when a client published it here. */
  public String hop() {
    return first(HOP);
  }

  /** Returns whether another server has begun a trace that this one must not continue. */
  public boolean isForeign() {
    return !first(ORIGIN_ACCOUNT).isEmpty();
  }

  /** Returns the encodings that the receiver of the trace accepts. */
  public String encoding() {
    return first(ENCODING);
  }
}
