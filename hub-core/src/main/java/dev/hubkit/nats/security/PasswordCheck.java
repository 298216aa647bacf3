package dev.hubkit.nats.security;

import dev.hubkit.nats.credential.Password;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Compares passwords: plain ones at once, hashes, which take their time, on a thread of their own.
 * Thread-safe.
 */
final class PasswordCheck implements AutoCloseable {
  private static final int MAX_WAITING = 1024;

  private final ThreadPoolExecutor worker;

  PasswordCheck(String threadName) {
    worker =
        new ThreadPoolExecutor(
            1,
            1,
            2,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            task -> {
              Thread thread = new Thread(task, threadName);
              thread.setDaemon(true);
              return thread;
            });
    worker.allowCoreThreadTimeOut(true);
  }

  /** Tells {@code verdict} whether the password is right; when too many wait, it is not. */
  void check(String configured, String given, Consumer<Boolean> verdict) {
    if (!Password.isHash(configured)) {
      verdict.accept(Password.matches(configured, given));
      return;
    }
    try {
      worker.execute(() -> verdict.accept(Password.matches(configured, given)));
    } catch (RejectedExecutionException e) {
      verdict.accept(false);
    }
  }

  /** Runs something slow on the same thread; false when too much waits already. */
  boolean execute(Runnable task) {
    try {
      worker.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
