package dev.hubkit.nats.jetstream;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads that do what takes long, so that network threads need not. They are started when
 * there is work for them and end when there was none for a while. Thread-safe.
 */
final class Workers extends ThreadPoolExecutor {
  private static final long IDLE_SECONDS = 5;

  private final AtomicInteger unfinished = new AtomicInteger();
  private final Object finished = new Object();

  Workers(int size, String threadNamePrefix) {
    super(
        size,
        size,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        new Threads(threadNamePrefix));
    allowCoreThreadTimeOut(true);
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

  /** Whether everything that was given to them is done. */
  boolean isIdle() {
    return unfinished.get() == 0;
  }

  /**
   * Waits until everything is done.
   *
   * @return false when it is not after so many nanoseconds
   */
  boolean awaitIdle(long nanos) throws InterruptedException {
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

  private static final class Threads implements ThreadFactory {
    private final String prefix;
    private final AtomicInteger number = new AtomicInteger();

    Threads(String prefix) {
      this.prefix = prefix;
    }

    @Override
    public Thread newThread(Runnable task) {
      Thread thread = new Thread(task, prefix + number.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    }
  }
}
