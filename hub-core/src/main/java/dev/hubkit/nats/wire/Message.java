package dev.hubkit.nats.wire;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One message on its way: a subject, perhaps a reply subject, perhaps a header block, and a
 * payload.
 *
 * <p>Header and payload are ranges of one byte array. That array may be the read buffer of a
 * connection, so a message is valid only until the call that received it returns; a receiver that
 * needs it longer keeps {@link #retain()}. Not thread-safe while it views a read buffer; a retained
 * one is immutable.
 */
public final class Message implements MessageBody {
  private static final byte[] NOTHING = new byte[0];

  private final String subject;
  private final byte[] buffer;
  private final int offset;
  private final int headerLength;
  private final int length;
  private final boolean stable;
  private final int replyOffset;
  private final int replyLength;
  // Found when first asked for; racing threads find the same.
  private @Nullable String reply;
  private byte @Nullable [] subjectBytes;

  private Message(
      String subject,
      @Nullable String reply,
      byte[] buffer,
      int offset,
      int headerLength,
      int length,
      boolean stable) {
    this.subject = subject;
    this.reply = reply;
    this.replyOffset = 0;
    this.replyLength = 0;
    this.buffer = buffer;
    this.offset = offset;
    this.headerLength = headerLength;
    this.length = length;
    this.stable = stable;
  }

  private Message(String subject, byte[] subjectBytes, PublishView view) {
    this.subject = subject;
    this.subjectBytes = subjectBytes;
    this.replyOffset = view.replyOffset();
    this.replyLength = view.replyLength();
    this.buffer = view.buffer();
    this.offset = view.offset();
    this.headerLength = view.headerLength();
    this.length = view.length();
    this.stable = false;
  }

  /**
   * Returns a view of {@code length} bytes at {@code offset}, the first {@code headerLength} of
   * which are the header block ({@code NATS/1.0\r\n…\r\n\r\n}; 0 for none).
   */
  public static Message view(
      String subject,
      @Nullable String reply,
      byte[] buffer,
      int offset,
      int headerLength,
      int length) {
    return new Message(subject, reply, buffer, offset, headerLength, length, false);
  }

  /**
   * Returns a view whose reply subject, too, is still in the buffer.
   *
   * @param subject the subject, which need not be the one in the buffer
   * @param subjectBytes {@code subject} in UTF-8, not to be changed
   */
  public static Message view(String subject, byte[] subjectBytes, PublishView view) {
    return new Message(subject, subjectBytes, view);
  }

  /** Returns a message that owns its bytes; the arrays must not be changed afterwards. */
  public static Message of(String subject, @Nullable String reply, byte[] payload) {
    return new Message(subject, reply, payload, 0, 0, payload.length, true);
  }

  /** Returns a message with a header block, which may be empty. */
  public static Message of(String subject, @Nullable String reply, byte[] header, byte[] payload) {
    if (header.length == 0) {
      return of(subject, reply, payload);
    }
    byte[] both = new byte[header.length + payload.length];
    System.arraycopy(header, 0, both, 0, header.length);
    System.arraycopy(payload, 0, both, header.length, payload.length);
    return new Message(subject, reply, both, 0, header.length, both.length, true);
  }

  public String subject() {
    return subject;
  }

  /** Returns the reply subject, never empty. */
  public @Nullable String reply() {
    if (reply == null && replyLength > 0) {
      reply = new String(buffer, replyOffset, replyLength, StandardCharsets.UTF_8);
    }
    return reply;
  }

  public boolean hasReply() {
    return replyLength > 0 || reply != null;
  }

  /** Returns the subject in UTF-8. Not to be written to. */
  public byte[] subjectBytes() {
    byte[] bytes = subjectBytes;
    if (bytes == null) {
      bytes = subject.getBytes(StandardCharsets.UTF_8);
      subjectBytes = bytes;
    }
    return bytes;
  }

  /** Returns how many bytes the reply subject has in UTF-8; 0 when there is none. */
  public int replyLength() {
    if (replyLength > 0) {
      return replyLength;
    }
    return reply == null ? 0 : reply.getBytes(StandardCharsets.UTF_8).length;
  }

  /**
   * Copies the reply subject in UTF-8.
   *
   * @return the index behind it
   */
  public int copyReply(byte[] to, int at) {
    if (replyLength > 0) {
      System.arraycopy(buffer, replyOffset, to, at, replyLength);
      return at + replyLength;
    }
    if (reply == null) {
      return at;
    }
    byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, to, at, bytes.length);
    return at + bytes.length;
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

  public int payloadOffset() {
    return offset + headerLength;
  }

  public int payloadLength() {
    return length - headerLength;
  }

  /** Returns a copy of the header block; empty when there is none. */
  public byte[] header() {
    return copy(offset, headerLength);
  }

  /** Returns a copy of the payload. */
  public byte[] payload() {
    return copy(payloadOffset(), payloadLength());
  }

  /** Returns the payload as UTF-8 text. */
  public String text() {
    return new String(buffer, payloadOffset(), payloadLength(), StandardCharsets.UTF_8);
  }

  /** Returns this message with bytes of its own: itself when it has them already. */
  public Message retain() {
    if (stable) {
      return this;
    }
    Message kept =
        new Message(subject, reply(), copy(offset, length), 0, headerLength, length, true);
    kept.subjectBytes = subjectBytes;
    return kept;
  }

  /**
   * Returns the same bytes under another subject and reply, as subject mappings and imports make.
   */
  public Message withSubject(String newSubject, @Nullable String newReply) {
    return new Message(newSubject, newReply, buffer, offset, headerLength, length, stable);
  }

  /** Returns the same with another header block, which may be empty; owns its bytes. */
  public Message withHeader(byte[] header) {
    return of(subject, reply(), header, payload());
  }

  private byte[] copy(int from, int count) {
    if (count == 0) {
      return NOTHING;
    }
    byte[] bytes = new byte[count];
    System.arraycopy(buffer, from, bytes, 0, count);
    return bytes;
  }

  @Override
  public String toString() {
    return subject + (hasReply() ? " [" + reply() + "]" : "") + " (" + length + " bytes)";
  }
}
