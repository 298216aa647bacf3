package dev.hubkit.nats.jetstream.store;

import dev.hubkit.nats.wire.MessageBody;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A message of a stream as the store holds it. Header block and payload are ranges of one array,
 * which must not be changed. Immutable and good for as long as it is referenced, whatever happens
 * to the store.
 */
public final class StoredMessage implements MessageBody {
  private final long sequence;
  private final long timestamp;
  private final long ttl;
  private final String subject;
  private final byte[] buffer;
  private final int offset;
  private final int headerLength;
  private final int length;

  StoredMessage(
      long sequence,
      long timestamp,
      long ttl,
      String subject,
      byte[] buffer,
      int offset,
      int headerLength,
      int length) {
    this.sequence = sequence;
    this.timestamp = timestamp;
    this.ttl = ttl;
    this.subject = subject;
    this.buffer = buffer;
    this.offset = offset;
    this.headerLength = headerLength;
    this.length = length;
  }

  /** What is stored of a message that comes in, with bytes of its own. */
  static StoredMessage copyOf(
      MessageBody body, long sequence, long timestamp, long ttl, String subject) {
    int offset = body.offset();
    int length = body.length();
    byte[] copy = Arrays.copyOfRange(body.buffer(), offset, offset + length);
    return new StoredMessage(
        sequence, timestamp, ttl, subject, copy, 0, body.headerLength(), length);
  }

  /** A message that is in no store; {@code content} is header block and payload, not copied. */
  public static StoredMessage of(
      long sequence, long timestamp, long ttl, String subject, byte[] content, int headerLength) {
    return new StoredMessage(
        sequence, timestamp, ttl, subject, content, 0, headerLength, content.length);
  }

  /** Returns this message as if it had been stored at another time. */
  StoredMessage at(long time) {
    return new StoredMessage(sequence, time, ttl, subject, buffer, offset, headerLength, length);
  }

  /** The stream sequence, from 1. */
  public long sequence() {
    return sequence;
  }

  /** When the message was stored, in nanoseconds since the Unix epoch. */
  public long timestamp() {
    return timestamp;
  }

  /** The time to live it was stored with: nanoseconds, 0 for none, {@link StreamStore#NEVER}. */
  public long ttl() {
    return ttl;
  }

  /** The subject it is stored under. */
  public String subject() {
    return subject;
  }

  @Override
  public byte[] buffer() {
    return buffer;
  }

  @Override
  public int offset() {
    return offset;
  }

  @Override
  public int headerLength() {
    return headerLength;
  }

  @Override
  public int length() {
    return length;
  }

  /** The length of the payload. */
  public int payloadLength() {
    return length - headerLength;
  }

  /** A copy of the header block; empty for none. */
  public byte[] header() {
    return Arrays.copyOfRange(buffer, offset, offset + headerLength);
  }

  /** A copy of the payload. */
  public byte[] payload() {
    return Arrays.copyOfRange(buffer, offset + headerLength, offset + length);
  }

  /** Whether the other, if there is one, says the same under the same sequence. */
  boolean isSame(@Nullable StoredMessage other) {
    return other == this
        || (other != null
            && sequence == other.sequence
            && timestamp == other.timestamp
            && ttl == other.ttl
            && headerLength == other.headerLength
            && subject.equals(other.subject)
            && Arrays.equals(
                buffer,
                offset,
                offset + length,
                other.buffer,
                other.offset,
                other.offset + other.length));
  }

  @Override
  public String toString() {
    return sequence
        + " "
        + subject
        + " ["
        + new String(buffer, offset + headerLength, payloadLength(), StandardCharsets.UTF_8)
        + "]";
  }
}
