package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.text.GoNumber;
import dev.hubkit.time.GoDuration;
import java.util.Locale;
import java.util.OptionalLong;

/** Parses the {@code Nats-TTL} header, which sets a message's time to live (ADR-43). */
public final class MessageTtl {
  private static final long SECOND = 1_000_000_000L;

  private MessageTtl() {}

  /**
   * Parses a header value: {@code never}, a Go duration of at least a second, or whole seconds.
   *
   * @return seconds; 0 for none; {@link StreamStore#NEVER}
   * @throws ApiException {@link ApiError#MESSAGE_TTL_INVALID}
   */
  public static long parse(String value) {
    if (value.isEmpty()) {
      return 0;
    }
    if (value.toLowerCase(Locale.ROOT).equals("never")) {
      return StreamStore.NEVER;
    }
    OptionalLong duration = GoDuration.parse(value);
    if (duration.isPresent()) {
      if (duration.getAsLong() < SECOND) {
        throw ApiError.MESSAGE_TTL_INVALID.exception();
      }
      return duration.getAsLong() / SECOND;
    }
    long seconds = GoNumber.overflowing(value);
    if (seconds < 0) {
      throw ApiError.MESSAGE_TTL_INVALID.exception();
    }
    return seconds;
  }

  /**
   * Returns a time to live as a store takes it, from what {@link #parse} has returned. More than
   * 2^63 nanoseconds (292 years) overflow, as in storeRawMsg of nats-server: some of these messages
   * expire at once, and some after what is left of their time.
   *
   * @param seconds 0 for none, or {@link StreamStore#NEVER}
   * @return nanoseconds; 0 for none; {@link StreamStore#NEVER}
   */
  public static long nanos(long seconds) {
    return seconds <= 0 ? seconds : Math.max(1, seconds * SECOND);
  }

  /** Parses a header value and returns it as {@link #nanos} does, or 0 if it is invalid. */
  public static long parseOrNone(String value) {
    try {
      return nanos(parse(value));
    } catch (ApiException e) {
      return 0; // reported when the message is about to be stored
    }
  }
}
