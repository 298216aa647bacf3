package dev.hubkit.time;

import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of the machine, with one daemon thread for all timers. The thread is started by the
 * first timer and ends with {@link #close()}.
 */
public final class SystemTimeSource implements TimeSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SystemTimeSource.class);
  private static final Timer NEVER = () -> {};

  private final ScheduledThreadPoolExecutor executor;
  private volatile @Nullable Thread thread;

  /** Makes a source whose timer thread is called {@code threadName}. */
  public SystemTimeSource(String threadName) {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = new Thread(task, threadName);
              made.setDaemon(true);
              thread = made;
              return made;
            });
    // Most timers of a server (ack waits, pings) are cancelled long before they are due.
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
      // Closed: a server that is shutting down has no later.
      return NEVER;
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.error("A timer's task failed", e);
    }
  }

  /**
   * Drops all timers and ends the thread; returns when it has ended, unless this is the thread or
   * the caller is interrupted. Safe to call more than once.
   */
  @Override
  public void close() {
    executor.shutdownNow();
    TimerThread.awaitEnd(thread);
  }
}
