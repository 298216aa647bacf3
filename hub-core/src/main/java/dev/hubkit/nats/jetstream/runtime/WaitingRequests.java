package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.work.MemoryBudget;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests wait for their turn in all accounts of a server: as many as nats-server has
 * wait ({@code JSDefaultRequestQueueLimit}), and as there is memory for. Thread-safe.
 */
public final class WaitingRequests {
  private static final int MOST = 10_000;
  // What a request takes besides its bytes.
  private static final int OVERHEAD = 1024;

  private final AtomicInteger count = new AtomicInteger();

  /**
   * One more waits.
   *
   * @param length the bytes of its message
   * @return false when it can't; it is not counted then
   */
  public boolean add(int length) {
    if (count.incrementAndGet() > MOST || !MemoryBudget.BUFFERS.reserve(length + OVERHEAD)) {
      count.decrementAndGet();
      return false;
    }
    return true;
  }

  /** One that was counted has its turn. */
  public void remove(int length) {
    count.decrementAndGet();
    MemoryBudget.BUFFERS.release(length + OVERHEAD);
  }
}
