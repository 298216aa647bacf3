package dev.hubkit.time;

import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The time of the machine, with one daemon thread for all timers. The first timer starts the
 * thread, and {@link #close()} ends it.
 */
public final class SystemTimeSource implements TimeSource, AutoCloseable {
  private static final Timer NEVER = () -> {};

  private final Supervisor supervisor;
  private final ScheduledThreadPoolExecutor executor;
  private volatile @Nullable Thread thread;

  /** Makes a source whose timer thread is called {@code threadName}. */
  public SystemTimeSource(String threadName) {
    supervisor = new Supervisor(threadName);
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = new Thread(task, threadName);
              made.setDaemon(true);
              thread = made;
              return made;
            });
    // Most timers of a server (ack waits, pings) are cancelled long before they are due, so
    // cancelling removes them.
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    try {
      ScheduledFuture<?> future =
          executor.schedule(() -> run(task), Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      // The source is closed, and a server that shuts down needs no more timers.
      return NEVER;
    }
  }

  private void run(Runnable task) {
    try {
      WorkStep.TIMER_DUE.reach();
      task.run();
    } catch (Throwable failure) {
      supervisor.failed(task, failure);
    }
  }

  /**
   * Drops all timers and ends the thread. Waits until it has ended, unless this is called on it or
   * the caller is interrupted. May be called more than once.
   */
  @Override
  public void close() {
    executor.shutdownNow();
    TimerThread.awaitEnd(thread);
  }
}
