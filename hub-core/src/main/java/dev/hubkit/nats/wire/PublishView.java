package dev.hubkit.nats.wire;

/**
 * Where the parts of a message lie in a read buffer. One is filled anew for each message of a
 * connection, so that a message takes no argument list and no allocation of its own; good only
 * until the next message is read. Confined to the thread that reads.
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

  /** Says where the reply subject lies; {@code bytes} is 0 when there is none. */
  public void reply(int offset, int bytes) {
    replyOffset = offset;
    replyLength = bytes;
  }

  /**
   * Says where header block and payload lie.
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
