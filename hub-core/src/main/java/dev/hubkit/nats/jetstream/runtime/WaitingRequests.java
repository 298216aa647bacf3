package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.work.MemoryBudget;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests wait for their turn in all accounts of a server: as many as nats-server has
 * wait ({@code JSDefaultRequestQueueLimit}), and as there is memory for. A few small ones may
 * always wait: a client whose request is dropped waits for an answer until its own time limit.
 * Thread-safe.
 */
public final class WaitingRequests {
  private static final int MOST = 10_000;
  // What a request takes besides its bytes.
  private static final int OVERHEAD = 1024;
  // What may wait when there is no memory left: each at most so large, and all together.
  private static final int SMALL = 4 * 1024;
  private static final int ALWAYS = 256 * 1024;

  private final MemoryBudget memory;
  private final AtomicInteger count = new AtomicInteger();

  /** Makes one in which nothing waits yet. */
  public WaitingRequests(MemoryBudget memory) {
    this.memory = memory;
  }

  /**
   * Counts a request in. When memory is short, those who hold most of it may have to go for it.
   *
   * @param length the bytes of its message
   * @return false when it cannot wait; it is not counted then
   */
  public boolean add(int length) {
    if (count.incrementAndGet() > MOST || !reserve(length + OVERHEAD)) {
      count.decrementAndGet();
      return false;
    }
    return true;
  }

  private boolean reserve(int bytes) {
    if (memory.reserve(bytes)) {
      return true;
    }
    if (bytes <= SMALL && memory.used() < memory.limit() + ALWAYS) {
      memory.take(bytes);
      return true;
    }
    memory.relieve(bytes);
    return memory.reserve(bytes);
  }

  /** Returns whether as many wait as may, whatever memory there is. */
  public boolean isFull() {
    return count.get() >= MOST;
  }

  /** Counts a request out that has its turn. */
  public void remove(int length) {
    count.decrementAndGet();
    memory.release(length + OVERHEAD);
  }
}
