package dev.hubkit;

import java.util.concurrent.TimeUnit;

/**
 * Does work after changes, on a thread of its own, so that whoever tells of a change never waits
 * for the work. Changes that come while it is at work lead to one more round. Thread-safe.
 */
final class ChangeWatch implements AutoCloseable {
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Runnable work;
  private final Thread thread;
  // Guarded by this object's monitor.
  private boolean changed;
  private boolean closed;

  /**
   * Makes a watch that does nothing until {@link #start}.
   *
   * @param work must not throw
   */
  ChangeWatch(String name, Runnable work) {
    this.work = work;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** Starts the thread, unless it was started before. */
  synchronized void start() {
    if (thread.getState() == Thread.State.NEW && !closed) {
      thread.start();
    }
  }

  /** Tells of a change. */
  synchronized void changed() {
    changed = true;
    notifyAll();
  }

  private void run() {
    while (awaitChange()) {
      work.run();
    }
  }

  private synchronized boolean awaitChange() {
    while (!changed && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        // No code has a reason to interrupt this thread.
        return false;
      }
    }
    changed = false;
    return !closed;
  }

  /** Ends the thread; waits for it for two seconds at most. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      TimeUnit.NANOSECONDS.timedJoin(thread, CLOSE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
