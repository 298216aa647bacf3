package dev.hubkit.nats.account;

import java.util.concurrent.atomic.AtomicInteger;

/** One listener to the interest in one literal subject. */
final class InterestWatch {
  private final String subject;
  private final InterestListener listener;
  private final AtomicInteger changes = new AtomicInteger();
  private boolean told;
  private volatile boolean closed;

  InterestWatch(String subject, InterestListener listener, boolean present) {
    this.subject = subject;
    this.listener = listener;
    this.told = present;
  }

  String subject() {
    return subject;
  }

  void close() {
    closed = true;
  }

  /** Looks at the account again. Whoever finds another thread at it leaves the work to that one. */
  void check(Account account) {
    if (changes.getAndIncrement() > 0) {
      return;
    }
    int seen = 1;
    do {
      boolean present = account.hasInterest(subject);
      if (present != told && !closed) {
        told = present;
        listener.interestChanged(present);
      }
      seen = changes.addAndGet(-seen);
    } while (seen > 0);
  }
}
