package dev.hubkit.work;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A failure that is thrown at a step. */
public record Injection(WorkStep step, Kind kind) {
  /** The kind of failure. */
  public enum Kind {
    RUNTIME_EXCEPTION {
      @Override
      void raise() {
        throw new IllegalStateException("Injected");
      }
    },
    STACK_OVERFLOW {
      @Override
      void raise() {
        throw new StackOverflowError("Injected");
      }
    },
    OUT_OF_MEMORY {
      @Override
      void raise() {
        throw new OutOfMemoryError("Injected");
      }
    };

    abstract void raise();
  }

  /** Throws the first time that a thread whose name has this prefix reaches the step. */
  public Armed arm(String threadNamePrefix) {
    return arm(thread -> thread.getName().startsWith(threadNamePrefix), 1);
  }

  /**
   * Throws the first {@code times} times that such a thread reaches the step.
   *
   * @param times how often to throw
   */
  public Armed arm(Predicate<Thread> threads, int times) {
    return new Armed(threads, 0, times);
  }

  /**
   * Throws once, when such a thread reaches the step after having passed it {@code passed} times.
   */
  public Armed armAfter(int passed, Predicate<Thread> threads) {
    return new Armed(threads, passed, 1);
  }

  /** Waits for a thread to reach the step, until closed. */
  public final class Armed implements WorkStep.Injector, AutoCloseable {
    private final Predicate<Thread> threads;
    private final AtomicInteger passing;
    private final AtomicInteger left;
    private final CountDownLatch fired;

    private Armed(Predicate<Thread> threads, int passed, int times) {
      this.threads = threads;
      this.passing = new AtomicInteger(passed);
      this.left = new AtomicInteger(times);
      this.fired = new CountDownLatch(times);
      WorkStep.inject(this);
    }

    @Override
    public void reached(WorkStep reached) {
      if (reached == step
          && threads.test(Thread.currentThread())
          && passing.getAndDecrement() <= 0
          && left.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
        fired.countDown();
        kind.raise();
      }
    }

    /** Returns whether it has thrown as often as it should. */
    public boolean hasFired() {
      return fired.getCount() == 0;
    }

    /** Waits until it has; returns false when it has not within {@code seconds}. */
    public boolean awaitFired(long seconds) throws InterruptedException {
      return fired.await(seconds, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      WorkStep.remove(this);
    }
  }

  @Override
  public String toString() {
    return kind + " at " + step;
  }
}
