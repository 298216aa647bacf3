package dev.hubkit.nats.net;

/**
 * The share that one holder has reserved of the memory of all connections: the size of its buffers,
 * except for the little that every connection may keep. Only the reading thread calls {@link
 * #hold}.
 */
final class Holding {
  /** The bytes that need no reservation. */
  static final int FREE = 1024;

  private final BufferMemory memory;
  // Written with this object's monitor held.
  private volatile int held;
  private boolean closed;

  Holding(BufferMemory memory) {
    this.memory = memory;
  }

  /**
   * Changes the reservation to {@code bytes}, closing other connections for it if need be.
   *
   * @return false when there is no memory, or this is closed
   */
  boolean hold(int bytes) {
    int wanted = bytes <= FREE ? 0 : bytes;
    int more = wanted - held;
    if (more == 0) {
      return true;
    }
    // May close any connection, this one included, so without the monitor.
    if (more > 0 && !memory.reserve(more)) {
      return false;
    }
    synchronized (this) {
      if (!closed) {
        held = wanted;
        memory.budget().release(Math.max(0, -more));
        return true;
      }
    }
    memory.budget().release(Math.max(0, more));
    return false;
  }

  /** Returns how many bytes are reserved. Any thread. */
  int held() {
    return held;
  }

  /** Releases the reservation for good. Any thread. */
  synchronized void close() {
    closed = true;
    memory.budget().release(held);
    held = 0;
  }
}
