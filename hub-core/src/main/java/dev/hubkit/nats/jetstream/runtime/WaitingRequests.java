package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.work.MemoryBudget;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Limits how many requests wait in all accounts of a server: to as many as nats-server allows
 * ({@code JSDefaultRequestQueueLimit}), and as there is memory for. A few small ones may always
 * wait, because the client of a dropped request waits until its own time limit. Thread-safe.
 */
public final class WaitingRequests {
  private static final int MOST = 10_000;
  // What a request takes besides its bytes.
  private static final int OVERHEAD = 1024;
  // The limits of what may wait when memory is short: for each request, and for all together.
  private static final int SMALL = 4 * 1024;
  private static final int ALWAYS = 256 * 1024;

  private final MemoryBudget memory;
  private final AtomicInteger count = new AtomicInteger();

  /** Makes one in which nothing waits yet. */
  public WaitingRequests(MemoryBudget memory) {
    this.memory = memory;
  }

  /**
   * Counts a request in. When memory is short, clients that hold most of it may be closed for it.
   *
   * @param length the length of its message, in bytes
   * @return false if the request cannot wait; then it is not counted
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

  /** Returns whether the largest number of requests waits. */
  public boolean isFull() {
    return count.get() >= MOST;
  }

  /** Counts a request out when its turn has come. */
  public void remove(int length) {
    count.decrementAndGet();
    memory.release(length + OVERHEAD);
  }
}
