package dev.hubkit.nats.jetstream;

import java.util.concurrent.atomic.AtomicInteger;

/** How many batches publishers have open in all streams of a server. Thread-safe. */
final class OpenBatches {
  private final Count atomic = new Count();
  private final Count fast = new Count();

  Count atomic() {
    return atomic;
  }

  Count fast() {
    return fast;
  }

  /** The open batches of one kind. */
  static final class Count {
    private final AtomicInteger taken = new AtomicInteger();

    /** Counts one more, unless there are {@code limit} of them. */
    boolean take(int limit) {
      if (taken.incrementAndGet() > limit) {
        taken.decrementAndGet();
        return false;
      }
      return true;
    }

    void release() {
      taken.decrementAndGet();
    }
  }
}
