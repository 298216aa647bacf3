package dev.hubkit.nats.net;

import dev.hubkit.work.MemoryBudget;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Large buffers that no connection uses at present. Thanks to the pool, the buffers of busy
 * connections are not allocated, cleared and collected over and over. Thread-safe.
 */
final class BufferPool {
  /** Bytes of each buffer. */
  static final int SIZE = (MemoryBudget.isSmall() ? 32 : 64) * 1024;

  // A sixteenth of what buffers may take, where that is little.
  private static final int MOST = (int) Math.min(64, MemoryBudget.BUFFERS.limit() / 16 / SIZE);

  private final ConcurrentLinkedQueue<byte[]> free = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();

  byte[] take() {
    byte @Nullable [] pooled = free.poll();
    if (pooled == null) {
      return new byte[SIZE];
    }
    count.decrementAndGet();
    return pooled;
  }

  /** Gives a buffer back; those of another size, and those too many, are left to the collector. */
  void give(byte[] buffer) {
    if (buffer.length == SIZE && count.get() < MOST) {
      count.incrementAndGet();
      free.add(buffer);
    }
  }
}
