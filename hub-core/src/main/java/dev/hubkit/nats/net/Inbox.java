package dev.hubkit.nats.net;

import dev.hubkit.nats.wire.Parser;
import dev.hubkit.nats.wire.ProtocolException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What has been read from one connection and not been parsed. The loop that reads has one buffer
 * for all of its connections; only the beginning of an operation that is not complete is kept here
 * between two reads, and only a payload too large for the shared buffer gets a buffer of its own,
 * which grows with what has really come. Confined to the thread that reads.
 */
// Every buffer here was made by allocate(), so its array begins where it does.
@SuppressWarnings("ByteBufferBackingArray")
final class Inbox {
  private static final int KEPT_WHEN_IDLE = 1024;

  private final Parser parser;
  private final ReadSize readSize = new ReadSize();
  private byte[] carried = {};
  private int carriedLength;
  private @Nullable ByteBuffer own;
  private int from;
  private int end;

  Inbox(Parser parser) {
    this.parser = parser;
  }

  /** The buffer to read into, at its position. */
  ByteBuffer buffer(ByteBuffer shared) {
    ByteBuffer large = own;
    if (large != null) {
      from = large.position();
      return large;
    }
    shared.clear();
    from = carriedLength;
    return shared.put(carried, 0, carriedLength);
  }

  /**
   * Whether nats-server, which reads less at once, would have left some of what came unread when it
   * refused a payload.
   */
  boolean leavesUnread() {
    return readSize.readBeyond(parser.refusedAt() - from, end - from);
  }

  /**
   * Parses what is in a buffer that {@link #buffer} gave out, up to its position, and keeps what is
   * left of it.
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

  private void keep(ByteBuffer buffer, int used, int end) {
    int left = end - used;
    int needed = parser.needed();
    if (own != null) {
      if (used == 0 && needed > 0) {
        if (!buffer.hasRemaining()) {
          own = larger(buffer, 0, end, needed);
        }
        return;
      }
      own = null;
    } else if (left > 0 && needed > buffer.capacity()) {
      own = larger(buffer, used, end, needed);
      carriedLength = 0;
      return;
    }
    if (carried.length < left || (left == 0 && carried.length > KEPT_WHEN_IDLE)) {
      carried = new byte[left];
    }
    System.arraycopy(buffer.array(), used, carried, 0, left);
    carriedLength = left;
  }

  private static ByteBuffer larger(ByteBuffer buffer, int from, int end, int needed) {
    int capacity = Math.max(2 * buffer.capacity(), end - from + 1);
    return ByteBuffer.allocate(Math.min(capacity, needed)).put(buffer.array(), from, end - from);
  }
}
