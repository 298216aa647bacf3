package dev.hubkit.work;

import dev.hubkit.log.Log;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Runs pieces of work so that whatever one of them throws, an {@link Error} included, ends that
 * piece and nothing else: the failure is logged once with its cause, and passed to the owner of the
 * work, which brings the object of the work into a defined state (answers the request, closes the
 * connection, marks the stream as unusable).
 *
 * <p>None of the methods throws. An {@link OutOfMemoryError} while a failure is logged or handled
 * does not stop the supervisor: a handler must therefore set its state before it allocates
 * anything.
 *
 * <p>Thread-safe.
 */
public final class Supervisor {
  private static final Log log = Log.of(Supervisor.class);

  // Logs each of this many failures in a second, and of more only their number.
  private static final int MOST_LOGGED = 20;
  private static final long SECOND = 1_000_000_000;

  private final String owner;
  private final AtomicLong second = new AtomicLong(System.nanoTime());
  private final AtomicInteger logged = new AtomicInteger();

  /**
   * Makes a supervisor.
   *
   * @param owner names the owner of the work in log messages, such as {@code nats-4222}
   */
  public Supervisor(String owner) {
    this.owner = owner;
  }

  /** A piece of work. */
  @FunctionalInterface
  public interface Work {
    /** Does the work. */
    void run() throws Exception;
  }

  /** Puts things in order after a piece of work has failed. */
  @FunctionalInterface
  public interface FailureHandler {
    /** Called once, on the thread that ran the work, after the failure has been logged. */
    void failed(Throwable failure);
  }

  /**
   * Runs work.
   *
   * @param what what the work is, for the log: "a task of stream ORDERS"
   * @return whether it ended without throwing
   */
  public boolean run(Object what, Work work) {
    return run(what, work, null);
  }

  /**
   * Runs work, and {@code onFailure} when it throws.
   *
   * @param what what the work is, for the log; its {@code toString} is called only on failure
   * @return whether the work ended without throwing
   */
  public boolean run(Object what, Work work, @Nullable FailureHandler onFailure) {
    try {
      work.run();
      return true;
    } catch (Throwable failure) {
      failed(what, failure, onFailure);
      return false;
    }
  }

  /**
   * Logs the failure of a task that the caller ran, and calls the failure handler of a {@link
   * SupervisedTask}.
   */
  public void failed(Runnable task, Throwable failure) {
    failed("a task", failure, task instanceof FailureHandler handler ? handler : null);
  }

  /**
   * Logs a failure once and calls its handler; for callers that cannot afford a {@link Work} and
   * catch failures themselves.
   */
  public void failed(Object what, Throwable failure, @Nullable FailureHandler onFailure) {
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    log("{}: {} failed", what, failure);
    if (onFailure != null) {
      try {
        onFailure.failed(failure);
      } catch (Throwable handlingFailed) {
        log("{}: putting {} in order failed", what, handlingFailed);
      }
    }
  }

  // There may be no memory for a log line, and what follows matters more than the line.
  private void log(String format, Object what, Throwable failure) {
    try {
      if (mayLog()) {
        log.error(format, owner, what, failure);
      }
    } catch (Throwable unlogged) {
      noteUnlogged(failure, unlogged);
    }
  }

  private boolean mayLog() {
    long begun = second.get();
    long now = System.nanoTime();
    if (now - begun > SECOND && second.compareAndSet(begun, now)) {
      int before = logged.getAndSet(0);
      if (before > MOST_LOGGED) {
        log.error("{}: {} more failures were not logged", owner, before - MOST_LOGGED);
      }
    }
    return logged.incrementAndGet() <= MOST_LOGGED;
  }

  private static void noteUnlogged(Throwable failure, Throwable unlogged) {
    try {
      failure.addSuppressed(unlogged);
    } catch (Throwable noMemory) {
      // Then nothing is logged, since this method must not throw.
      Thread.onSpinWait();
    }
  }

  @Override
  public String toString() {
    return owner;
  }
}
