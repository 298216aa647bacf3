package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.work.MemoryBudget;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Limits how many requests wait in all accounts of a server: to a number, and to as many as there
 * is memory for. A few small ones may always wait, because the client of a dropped request waits
 * until its own time limit. Thread-safe.
 */
public final class WaitingRequests {
  // What a request takes besides its bytes.
  private static final int OVERHEAD = 1024;
  // The limits of what may wait when memory is short: for each request, and for all together.
  private static final int SMALL = 4 * 1024;
  private static final int ALWAYS = 256 * 1024;

  private final MemoryBudget memory;
  private final int most;
  private final AtomicInteger count = new AtomicInteger();

  /**
   * Makes one in which nothing waits yet.
   *
   * @param most how many may wait
   */
  public WaitingRequests(MemoryBudget memory, int most) {
    this.memory = memory;
    this.most = most;
  }

  /**
   * Counts a request in. When memory is short, clients that hold most of it may be closed for it.
   *
   * @param length the length of its message, in bytes
   * @return false if the request cannot wait; then it is not counted
   */
  public boolean add(int length) {
    if (count.incrementAndGet() > most || !reserve(length + OVERHEAD)) {
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
    return count.get() >= most;
  }

  /** Counts a request out when its turn has come. */
  public void remove(int length) {
    count.decrementAndGet();
    memory.release(length + OVERHEAD);
  }
}
