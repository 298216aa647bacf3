package dev.hubkit.nats.net;

import dev.hubkit.nats.wire.Parser;
import dev.hubkit.nats.wire.ProtocolException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that were read from one connection and are not parsed yet. An event loop has one buffer
 * for all its connections; this keeps only the beginning of an incomplete operation between two
 * reads, and gives a payload or a line that is too large for the shared buffer a buffer of its own,
 * which grows with what has really arrived. What it keeps is reserved from the memory that all
 * connections share. Confined to the reading thread, except for {@link #held} and {@link #close}.
 */
// Every buffer here was made by allocate(), so its array begins where it does.
@SuppressWarnings("ByteBufferBackingArray")
final class ReadBuffer {
  private static final byte[] NO_BYTES = {};

  private final Parser parser;
  private final Holding holding;
  private final AdaptiveReadSize readSize = new AdaptiveReadSize();
  private byte[] carried = NO_BYTES;
  private int carriedLength;
  private @Nullable ByteBuffer own;
  private int sharedSize;
  private int from;
  private int end;

  ReadBuffer(Parser parser, BufferMemory memory) {
    this.parser = parser;
    this.holding = new Holding(memory);
  }

  /** Returns the buffer to read into, at its position. */
  ByteBuffer buffer(ByteBuffer shared) {
    ByteBuffer large = own;
    if (large != null) {
      from = large.position();
      return large;
    }
    shared.clear();
    sharedSize = shared.capacity();
    from = carriedLength;
    return shared.put(carried, 0, carriedLength);
  }

  /**
   * Returns whether nats-server, which reads less at once, would have left some bytes unread when
   * it refused a payload.
   */
  boolean leavesUnread() {
    return readSize.readBeyond(parser.refusedAt() - from, end - from);
  }

  /**
   * Parses the content of a buffer that {@link #buffer} returned, up to its position, and keeps the
   * rest.
   *
   * @throws ProtocolException as the parser does, or if there is no memory to keep it
   */
  void received(ByteBuffer buffer) throws ProtocolException {
    byte[] bytes = buffer.array();
    end = buffer.position();
    int used = parser.parse(bytes, 0, end);
    readSize.read(end - from);
    keep(buffer, used, end);
  }

  /** Parses what was left. */
  void proceed() throws ProtocolException {
    ByteBuffer large = own;
    from = 0;
    end = carriedLength;
    if (large != null) {
      received(large);
      return;
    }
    int used = parser.parse(carried, 0, carriedLength);
    int left = carriedLength - used;
    System.arraycopy(carried, used, carried, 0, left);
    carriedLength = left;
  }

  private void keep(ByteBuffer buffer, int used, int end) throws ProtocolException {
    int left = end - used;
    // 0 for a line, whose length nobody knows before its end.
    int needed = parser.needed() > 0 ? parser.needed() : Integer.MAX_VALUE;
    if (own != null) {
      if (used == 0) {
        if (!buffer.hasRemaining()) {
          own = larger(buffer, 0, end, needed);
        }
        return;
      }
      own = null;
      hold(carried.length);
    }
    if (left >= sharedSize || (left > 0 && parser.needed() > sharedSize)) {
      carried = NO_BYTES;
      carriedLength = 0;
      own = larger(buffer, used, end, needed);
      return;
    }
    if (carried.length < left || (left == 0 && carried.length > Holding.FREE)) {
      carried = NO_BYTES;
      carriedLength = 0;
      hold(left);
      carried = new byte[left];
    }
    System.arraycopy(buffer.array(), used, carried, 0, left);
    carriedLength = left;
  }

  private ByteBuffer larger(ByteBuffer buffer, int from, int end, int needed)
      throws ProtocolException {
    // Sized by what has arrived, whatever the client has announced.
    int capacity = (int) Math.min(Math.max(2L * (end - from), Holding.FREE), needed);
    hold(capacity);
    return ByteBuffer.allocate(capacity).put(buffer.array(), from, end - from);
  }

  private void hold(int bytes) throws ProtocolException {
    if (!holding.hold(bytes)) {
      throw new ProtocolException(
          "Maximum Payload Violation", "there is no memory for " + bytes + " bytes of a payload");
    }
  }

  /** Returns how many bytes are reserved for it. Any thread. */
  int held() {
    return holding.held();
  }

  /** Releases the reservation for good. Any thread. */
  void close() {
    holding.close();
  }
}
