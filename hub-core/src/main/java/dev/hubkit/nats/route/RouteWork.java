package dev.hubkit.nats.route;

import dev.hubkit.work.Activity;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Whether routes have work: something to send that the operating system does not have yet,
 * something that has come and is not served, or a ping that is not answered. What other servers do
 * with what they get is their own affair.
 */
final class RouteWork implements Activity {
  private final BooleanSupplier routesAreIdle;
  private final AtomicLong changes = new AtomicLong();
  private final AtomicInteger waiting = new AtomicInteger();

  RouteWork(BooleanSupplier routesAreIdle) {
    this.routesAreIdle = routesAreIdle;
  }

  @Override
  public boolean isIdle() {
    return routesAreIdle.getAsBoolean();
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

  // Routes are not looked at meanwhile: who holds one of their locks may be who tells of a change.
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

  /** Hears that a route may be done. Any thread. */
  void done() {
    if (waiting.get() > 0) {
      synchronized (changes) {
        changes.incrementAndGet();
        changes.notifyAll();
      }
    }
  }
}
