package dev.hubkit.nats.jetstream.runtime;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the batches that publishers have open in all streams of a server. Thread-safe. */
public final class OpenBatches {
  private final Count atomic = new Count();
  private final Count fast = new Count();

  public Count atomic() {
    return atomic;
  }

  public Count fast() {
    return fast;
  }

  /** Counts the open batches of one kind. */
  public static final class Count {
    private final AtomicInteger taken = new AtomicInteger();

    /** Counts one more batch, unless {@code limit} are open; returns whether it did. */
    public boolean acquire(int limit) {
      if (taken.incrementAndGet() > limit) {
        taken.decrementAndGet();
        return false;
      }
      return true;
    }

    public void release() {
      taken.decrementAndGet();
    }
  }
}
