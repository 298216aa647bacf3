package dev.hubkit.nats.security;

import dev.hubkit.nats.credential.Password;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Workers;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Compares passwords: plain ones at once, hashes, which take their time, on a thread of their own.
 * Thread-safe.
 */
final class PasswordCheck implements Activity, AutoCloseable {
  private static final int MAX_WAITING = 1024;

  private final Workers worker;

  PasswordCheck(String threadName) {
    worker = Workers.single(threadName, MAX_WAITING);
  }

  @Override
  public boolean isIdle() {
    return worker.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    return worker.awaitIdle(nanos);
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
