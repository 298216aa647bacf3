package dev.hubkit;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Work done on a thread of its own, which ends with it. */
final class BackgroundTask<T> {
  private final FutureTask<T> task;

  private BackgroundTask(FutureTask<T> task) {
    this.task = task;
  }

  static <T> BackgroundTask<T> run(String threadName, Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, threadName);
    thread.setDaemon(true);
    thread.start();
    return new BackgroundTask<>(task);
  }

  /**
   * Runs the work on the calling thread instead, for when there is no memory for another thread.
   */
  static <T> BackgroundTask<T> here(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    task.run();
    return new BackgroundTask<>(task);
  }

  /** Waits for the work, however long it takes, and returns its result or throws its failure. */
  T result() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          // The caller has to know what the work began, so that it can undo it.
          interrupted = true;
        } catch (ExecutionException e) {
          throw unwrapped(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Returns whether the work ends within {@code timeout}; throws its failure. */
  boolean await(Duration timeout) {
    try {
      task.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw unwrapped(e);
    }
  }

  private static RuntimeException unwrapped(ExecutionException e) {
    Throwable cause = Objects.requireNonNull(e.getCause());
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof RuntimeException runtime) {
      return runtime;
    }
    return new HubException(
        HubException.Reason.SERVER_FAILED, String.valueOf(cause.getMessage()), cause);
  }
}
