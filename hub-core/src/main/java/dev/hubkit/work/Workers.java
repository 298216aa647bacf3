package dev.hubkit.work;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Threads for long work, so that those of the network need not do it. They start when there is
 * work, and end when there was none for a while. Thread-safe.
 */
public final class Workers extends ThreadPoolExecutor implements Activity {
  private static final Supervisor SUPERVISOR = new Supervisor("workers");
  private static final long IDLE_SECONDS = 5;

  private final AtomicInteger unfinished = new AtomicInteger();
  private final Object finished = new Object();

  private Workers(int size, int mostWaiting, ThreadFactory threads) {
    super(
        size,
        size,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(mostWaiting),
        task -> {
          Thread thread = threads.newThread(task);
          thread.setDaemon(true);
          // A task handles its own failures; this is one of the pool, such as no memory to wait.
          thread.setUncaughtExceptionHandler(Workers::ended);
          return thread;
        });
    allowCoreThreadTimeOut(true);
  }

  // The pool starts another thread when there is work.
  private static void ended(Thread thread, Throwable failure) {
    SUPERVISOR.failed(thread.getName(), failure, null);
  }

  /** Makes workers, {@code size} threads at most. */
  public static Workers of(int size, String threadNamePrefix) {
    AtomicInteger number = new AtomicInteger();
    return new Workers(
        size,
        Integer.MAX_VALUE,
        task -> new Thread(task, threadNamePrefix + number.getAndIncrement()));
  }

  /**
   * Makes a single worker, which runs one task after the other.
   *
   * @param mostWaiting how many tasks may wait; one more is refused
   */
  public static Workers single(String threadName, int mostWaiting) {
    return new Workers(1, mostWaiting, task -> new Thread(task, threadName));
  }

  @Override
  public void execute(Runnable task) {
    unfinished.incrementAndGet();
    boolean taken = false;
    try {
      super.execute(task);
      taken = true;
    } finally {
      if (!taken) {
        finish();
      }
    }
  }

  @Override
  protected void afterExecute(Runnable task, @Nullable Throwable failure) {
    finish();
  }

  private void finish() {
    if (unfinished.decrementAndGet() == 0) {
      synchronized (finished) {
        finished.notifyAll();
      }
    }
  }

  @Override
  public boolean isIdle() {
    return unfinished.get() == 0;
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    synchronized (finished) {
      for (long left = nanos; !isIdle(); left = end - System.nanoTime()) {
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(finished, left);
      }
    }
    return true;
  }
}
