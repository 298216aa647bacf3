package dev.hubkit.nats.peer;

import dev.hubkit.work.Activity;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Tells whether connections to other servers have work: bytes that the operating system does not
 * have yet, bytes that have arrived and are not handled, or a ping without an answer. What other
 * servers do with what they receive does not count.
 */
public final class PeerActivity implements Activity {
  private final BooleanSupplier allAreIdle;
  private final AtomicLong changes = new AtomicLong();
  private final AtomicInteger waiting = new AtomicInteger();

  public PeerActivity(BooleanSupplier allAreIdle) {
    this.allAreIdle = allAreIdle;
  }

  @Override
  public boolean isIdle() {
    return allAreIdle.getAsBoolean();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    waiting.incrementAndGet();
    try {
      while (true) {
        long seen = changes.get();
        if (isIdle()) {
          return true;
        }
        if (!awaitChange(seen, end)) {
          return false;
        }
      }
    } finally {
      waiting.decrementAndGet();
    }
  }

  // Does not look at connections meanwhile: the thread that reports a change may hold one of their
  // locks.
  private boolean awaitChange(long seen, long end) throws InterruptedException {
    synchronized (changes) {
      while (changes.get() == seen) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(changes, left);
      }
      return true;
    }
  }

  /** Notes that a connection may be done. Any thread. */
  public void done() {
    if (waiting.get() > 0) {
      synchronized (changes) {
        changes.incrementAndGet();
        changes.notifyAll();
      }
    }
  }
}
