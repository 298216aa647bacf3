package dev.hubkit.work;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Threads that do what takes long, so that those of the network need not. They are started when
 * there is work for them and end when there was none for a while. Thread-safe.
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
          // A task's failure is its own matter; this is the pool's, such as no memory to wait with.
          thread.setUncaughtExceptionHandler(Workers::ended);
          return thread;
        });
    allowCoreThreadTimeOut(true);
  }

  // The pool starts another thread when it has something to do.
  private static void ended(Thread thread, Throwable failure) {
    SUPERVISOR.failed(thread.getName(), failure, null);
  }

  /** So many, whose names begin so. */
  public static Workers of(int size, String threadNamePrefix) {
    AtomicInteger number = new AtomicInteger();
    return new Workers(
        size,
        Integer.MAX_VALUE,
        task -> new Thread(task, threadNamePrefix + number.getAndIncrement()));
  }

  /**
   * One, which does one thing after the other.
   *
   * @param mostWaiting how many tasks may wait; who has one more is refused
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
