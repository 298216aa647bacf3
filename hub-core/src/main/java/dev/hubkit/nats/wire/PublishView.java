package dev.hubkit.nats.wire;

/**
 * The positions of a message's parts in a read buffer. A connection reuses one view for all its
 * messages, so that a message needs no allocation; valid only until the next message is read.
 * Confined to the thread that reads.
 */
public final class PublishView {
  private byte[] buffer = {};
  private int subjectOffset;
  private int subjectLength;
  private int replyOffset;
  private int replyLength;
  private int offset;
  private int headerLength;
  private int length;

  /** Begins a message, whose subject lies at {@code offset} of {@code in}. */
  public void subject(byte[] in, int offset, int bytes) {
    buffer = in;
    subjectOffset = offset;
    subjectLength = bytes;
  }

  /** Sets the position of the reply subject; {@code bytes} is 0 when there is none. */
  public void reply(int offset, int bytes) {
    replyOffset = offset;
    replyLength = bytes;
  }

  /**
   * Sets the position of header block and payload.
   *
   * @param headerBytes bytes of the header block; 0 for none
   * @param bytes bytes of header block and payload together
   */
  public void content(int at, int headerBytes, int bytes) {
    offset = at;
    headerLength = headerBytes;
    length = bytes;
  }

  public byte[] buffer() {
    return buffer;
  }

  public int subjectOffset() {
    return subjectOffset;
  }

  public int subjectLength() {
    return subjectLength;
  }

  public boolean hasReply() {
    return replyLength > 0;
  }

  public int replyOffset() {
    return replyOffset;
  }

  /** Returns the bytes of the reply subject; 0 when there is none. */
  public int replyLength() {
    return replyLength;
  }

  /** Returns where the header block begins, or the payload where there is none. */
  public int offset() {
    return offset;
  }

  public int headerLength() {
    return headerLength;
  }

  /** Returns the bytes of header block and payload together. */
  public int length() {
    return length;
  }
}
