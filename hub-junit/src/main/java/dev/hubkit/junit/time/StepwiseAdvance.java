package dev.hubkit.junit.time;

import dev.hubkit.time.DurationText;
import dev.hubkit.time.VirtualTimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** An advance from timer to timer until a condition holds. Used once, by one thread. */
final class StepwiseAdvance {
  /** How long a condition may take, by the machine's clock, when the hub's time has passed. */
  static final Duration LAST_CHANCE = Duration.ofMillis(500);

  private static final Duration POLL = Duration.ofMillis(10);

  private final VirtualTimeSource source;
  private final Settling settling;
  private final ClientReactions reactions;
  private final Instant start;
  private final Instant end;
  private final Duration lastChance;
  private final Map<String, Integer> timers = new HashMap<>();
  private Duration patience = Settling.PATIENCE;

  /**
   * Prepares an advance from now on.
   *
   * @param atMost how much time may pass
   * @param lastChance how long to go on checking then, by the machine's clock
   */
  StepwiseAdvance(
      VirtualTimeSource source,
      Settling settling,
      ClientReactions reactions,
      Duration atMost,
      Duration lastChance) {
    this.source = source;
    this.settling = settling;
    this.reactions = reactions;
    this.start = source.now();
    this.end = start.plus(atMost);
    this.lastChance = lastChance;
  }

  /** Advances until a condition holds or the time has passed. */
  Advance until(Callable<Boolean> condition) {
    boolean wasFrozen = source.isFrozen();
    source.freeze();
    try {
      boolean reached = reach(condition);
      return new Advance(reached, Duration.between(start, source.now()), timers, nextTimer());
    } finally {
      if (!wasFrozen) {
        source.resume();
      }
      settling.interruptAgain();
    }
  }

  private boolean reach(Callable<Boolean> condition) {
    settle();
    while (!holds(condition)) {
      Duration left = Duration.between(source.now(), end);
      if (left.isNegative() || left.isZero() || settling.isInterrupted()) {
        return isReachedAtLast(condition);
      }
      reactions.forget();
      source
          .advanceToNextTimer(left, settling)
          .forEach(name -> timers.merge(name, 1, Integer::sum));
      if (reactions.areExpected()) {
        settle();
      }
    }
    return true;
  }

  private static boolean holds(Callable<Boolean> condition) {
    try {
      return condition.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while checking the condition", e);
    } catch (Exception e) {
      throw new IllegalStateException("The condition cannot be checked: " + e, e);
    }
  }

  /**
   * Waits for clients, and until the server has done what they want, which may go on for a while.
   */
  private void settle() {
    long limit = System.nanoTime() + patience.toNanos();
    try {
      do {
        long left = limit - System.nanoTime();
        if (left <= 0 || !reactions.await(Duration.ofNanos(left))) {
          patience = ClientReactions.QUIET;
          break;
        }
        settling.runFirst();
      } while (reactions.areExpected());
    } catch (InterruptedException e) {
      settling.interrupt();
    }
    settling.runFirst();
  }

  // The condition may depend on a thread of the application that has not had its turn yet.
  private boolean isReachedAtLast(Callable<Boolean> condition) {
    long last = System.nanoTime() + lastChance.toNanos();
    while (!settling.isInterrupted() && System.nanoTime() - last < 0) {
      if (holds(condition)) {
        return true;
      }
      LockSupport.parkNanos(this, POLL.toNanos());
      if (Thread.interrupted()) {
        settling.interrupt();
      }
    }
    return !lastChance.isZero() && holds(condition);
  }

  private String nextTimer() {
    return source
        .nextTimer()
        .map(next -> next.name() + " in " + DurationText.of(next.delay()))
        .orElse("");
  }
}
