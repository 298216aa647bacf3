package dev.hubkit.nats.account;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** One listener to the interest in one literal subject. */
final class InterestWatch {
  private final String subject;
  private final Predicate<String> present;
  private final InterestListener listener;
  private final AtomicInteger changes = new AtomicInteger();
  private boolean told;
  private volatile boolean closed;

  /**
   * Watches from now on.
   *
   * @param present tells whether there is interest
   */
  InterestWatch(String subject, Predicate<String> present, InterestListener listener) {
    this.subject = subject;
    this.present = present;
    this.listener = listener;
    this.told = present.test(subject);
  }

  void close() {
    closed = true;
  }

  /** Looks again. A thread that finds another one at it leaves the work to that one. */
  void check() {
    if (changes.getAndIncrement() > 0) {
      return;
    }
    int seen = 1;
    do {
      boolean now = present.test(subject);
      if (now != told && !closed) {
        told = now;
        listener.interestChanged(now);
      }
      seen = changes.addAndGet(-seen);
    } while (seen > 0);
  }
}
