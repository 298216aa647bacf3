package dev.hubkit.nats.security;

import dev.hubkit.nats.credential.Password;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Activity;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Compares passwords: plain ones at once, hashes, which take their time, in a {@link LoginQueue}
 * with as many threads as there are processors. Logins that wait with the same password for the
 * same hash share one comparison, whose result holds for a while. Thread-safe.
 */
final class PasswordCheck implements Activity, AutoCloseable {
  private final LoginQueue queue;
  private final KnownPasswords known;

  // Comparisons that somebody waits for; guarded by this object's monitor.
  private final Map<ByteBuffer, Comparison> comparisons = new HashMap<>();

  PasswordCheck(String threadName, TimeSource time) {
    queue = new LoginQueue(threadName, Runtime.getRuntime().availableProcessors());
    known = new KnownPasswords(time);
  }

  /** Tells {@code verdict} whether the password is right, unless the login ends before that. */
  void check(
      String configured, String given, LoginQueue.Attempt attempt, Consumer<Boolean> verdict) {
    if (!Password.isHash(configured)) {
      verdict.accept(Password.matches(configured, given));
      return;
    }
    ByteBuffer digest = known.digest(configured, given);
    Boolean before = known.verdict(digest);
    if (before != null) {
      verdict.accept(before);
      return;
    }
    boolean repeated = known.isRepeated(digest);
    Waiter waiter;
    synchronized (this) {
      Comparison comparison =
          comparisons.computeIfAbsent(digest, unknown -> new Comparison(digest, configured, given));
      waiter = new Waiter(attempt, verdict, comparison, repeated);
      comparison.waiters.add(waiter);
    }
    queue.add(waiter);
  }

  /** A comparison, whoever of those who wait has it done. Guarded by the check's monitor. */
  private static final class Comparison {
    private final ByteBuffer digest;
    private final String configured;
    private final String given;
    private final Set<Waiter> waiters = new LinkedHashSet<>();
    private boolean begun;

    Comparison(ByteBuffer digest, String configured, String given) {
      this.digest = digest;
      this.configured = configured;
      this.given = given;
    }
  }

  private final class Waiter implements LoginQueue.Item {
    private final LoginQueue.Attempt attempt;
    private final Consumer<Boolean> verdict;
    private final Comparison comparison;
    private final boolean repeated;

    Waiter(
        LoginQueue.Attempt attempt,
        Consumer<Boolean> verdict,
        Comparison comparison,
        boolean repeated) {
      this.attempt = attempt;
      this.verdict = verdict;
      this.comparison = comparison;
      this.repeated = repeated;
    }

    @Override
    public boolean isRepeated() {
      return repeated;
    }

    @Override
    public LoginQueue.Attempt attempt() {
      return attempt;
    }

    @Override
    public boolean isWanted() {
      synchronized (PasswordCheck.this) {
        return !comparison.begun && attempt.isOpen();
      }
    }

    @Override
    public void run() {
      synchronized (PasswordCheck.this) {
        if (comparison.begun) {
          return;
        }
        comparison.begun = true;
      }
      compare(comparison);
    }

    @Override
    public void dropped() {
      synchronized (PasswordCheck.this) {
        // Once it has begun, its end tells all of them.
        if (!comparison.begun || !attempt.isOpen()) {
          comparison.waiters.remove(this);
        }
        if (comparison.waiters.isEmpty() && !comparison.begun) {
          comparisons.remove(comparison.digest, comparison);
        }
      }
    }
  }

  private void compare(Comparison comparison) {
    @Nullable Boolean right = null;
    try {
      right = Password.matches(comparison.configured, comparison.given);
      known.add(comparison.digest, right);
    } finally {
      List<Waiter> waiters;
      synchronized (this) {
        comparisons.remove(comparison.digest, comparison);
        waiters = List.copyOf(comparison.waiters);
      }
      for (Waiter waiter : waiters) {
        if (right == null) {
          waiter.attempt.undecided();
        } else {
          waiter.verdict.accept(right);
        }
      }
    }
  }

  @Override
  public boolean isIdle() {
    return queue.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    return queue.awaitIdle(nanos);
  }

  /** Ends the threads when nothing waits any more. */
  @Override
  public void close() {
    queue.close();
  }
}
