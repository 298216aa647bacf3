package dev.hubkit.nats.net;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the clients of a server that have not answered a ping yet. Thread-safe. */
final class UnansweredPings {
  private final AtomicInteger clients = new AtomicInteger();

  /** Counts a client that was pinged and had answered everything before. */
  void pinged() {
    clients.incrementAndGet();
  }

  /** Counts out a client that has answered all pings, or is gone. */
  void answered() {
    if (clients.decrementAndGet() == 0) {
      synchronized (clients) {
        clients.notifyAll();
      }
    }
  }

  boolean isEmpty() {
    return clients.get() <= 0;
  }

  /**
   * Waits until all pings are answered.
   *
   * @return false when they are not after so many nanoseconds
   */
  boolean await(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    synchronized (clients) {
      for (long left = nanos; !isEmpty(); left = end - System.nanoTime()) {
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(clients, left);
      }
    }
    return true;
  }
}
