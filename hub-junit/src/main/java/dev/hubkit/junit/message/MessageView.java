package dev.hubkit.junit.message;

import dev.hubkit.nats.wire.HeaderBlock;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A message as a {@link MessageMatcher} sees it.
 *
 * @param subject the subject
 * @param headers the values of each header by its name, in the case and order of the message
 * @param payload the payload, or the beginning of it, where no more of it is known; not copied
 * @param payloadLength the length of the whole payload in bytes
 */
public record MessageView(
    String subject, Map<String, List<String>> headers, byte[] payload, int payloadLength) {

  /**
   * Makes a view.
   *
   * @throws IllegalArgumentException if the whole payload is shorter than what is known of it
   */
  public MessageView {
    if (payloadLength < payload.length) {
      throw new IllegalArgumentException(
          "A payload of " + payloadLength + " bytes cannot begin with " + payload.length);
    }
  }

  /** Returns a view of a message whose whole payload is known. */
  public static MessageView of(String subject, Map<String, List<String>> headers, byte[] payload) {
    return new MessageView(subject, headers, payload, payload.length);
  }

  /**
   * Returns a view of a message as it is on the wire.
   *
   * @param headerBlock the header block, from {@code NATS/1.0} to the empty line; empty for none
   * @param payload the payload or its beginning, not copied
   */
  public static MessageView of(
      String subject, byte[] headerBlock, byte[] payload, int payloadLength) {
    return new MessageView(subject, HeaderBlock.fields(headerBlock), payload, payloadLength);
  }

  /** Returns whether only the beginning of the payload is known. */
  public boolean isTruncated() {
    return payload.length < payloadLength;
  }

  /** Returns the known payload, decoded as UTF-8. */
  public String text() {
    return new String(payload, StandardCharsets.UTF_8);
  }

  /** Returns the subject and the length of the payload. */
  @Override
  public String toString() {
    return subject + ", " + payloadLength + " bytes";
  }
}
