package dev.hubkit.nats.net;

/**
 * What one holder has reserved of the memory that all connections share: as much as it has, but for
 * the little that every connection may keep. {@link #hold} belongs to the thread that reads.
 */
final class Holding {
  /** What is not reserved. */
  static final int FREE = 1024;

  private final BufferMemory memory;
  // Written with this object's monitor held.
  private volatile int held;
  private boolean closed;

  Holding(BufferMemory memory) {
    this.memory = memory;
  }

  /**
   * Has so many bytes reserved and no more, for which other connections may have to go.
   *
   * @return false when there is no memory, or nothing is to be held any more
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

  /** What is reserved. Any thread. */
  int held() {
    return held;
  }

  /** Gives it back; nothing is reserved from now on. Any thread. */
  synchronized void close() {
    closed = true;
    memory.budget().release(held);
    held = 0;
  }
}
