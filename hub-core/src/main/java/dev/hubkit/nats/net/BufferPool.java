package dev.hubkit.nats.net;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Large buffers that connections have no use for at present. What a busy connection needs is then
 * neither cleared nor collected over and over. Thread-safe.
 */
final class BufferPool {
  /** Bytes of each buffer. */
  static final int SIZE = 64 * 1024;

  private static final int MOST = 64;

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
