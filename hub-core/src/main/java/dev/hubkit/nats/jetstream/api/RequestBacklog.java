package dev.hubkit.nats.jetstream.api;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the requests that wait. When there are as many as the limit, all of them are dropped, as
 * in nats-server: none of them is answered, and counting begins again. Thread-safe.
 */
final class RequestBacklog {
  /** What {@link #enter} returns for a request that is dropped with all others. */
  static final long DROPPED = -1;

  private static final int GENERATION_SHIFT = 32;
  private static final long LAST_GENERATION = Integer.MAX_VALUE;
  private static final long COUNT = (1L << GENERATION_SHIFT) - 1;

  private final long limit;
  // How often all were dropped, above; how many wait, below.
  private final AtomicLong state = new AtomicLong();

  /**
   * Makes one in which nothing waits.
   *
   * @param limit how many requests are too many; at most as many as an int holds
   */
  RequestBacklog(long limit) {
    this.limit = Math.min(limit, Integer.MAX_VALUE);
  }

  long limit() {
    return limit;
  }

  /** Counts a request in; returns its ticket, or {@link #DROPPED}. */
  long enter() {
    while (true) {
      long now = state.get();
      long generation = now >>> GENERATION_SHIFT;
      if ((now & COUNT) + 1 >= limit) {
        if (state.compareAndSet(now, ((generation + 1) & LAST_GENERATION) << GENERATION_SHIFT)) {
          return DROPPED;
        }
      } else if (state.compareAndSet(now, now + 1)) {
        return generation;
      }
    }
  }

  /** Counts a request out when its turn has come; returns false if it was dropped meanwhile. */
  boolean leave(long ticket) {
    while (true) {
      long now = state.get();
      if (now >>> GENERATION_SHIFT != ticket) {
        return false;
      }
      if (state.compareAndSet(now, now - 1)) {
        return true;
      }
    }
  }
}
