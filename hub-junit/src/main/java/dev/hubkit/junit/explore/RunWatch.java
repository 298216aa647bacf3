package dev.hubkit.junit.explore;

import dev.hubkit.time.DurationText;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Interrupts a run that takes too long, and notes what the threads were doing. Thread-safe. */
final class RunWatch {
  private static final int MOST_THREADS = 40;
  private static final int MOST_FRAMES = 25;

  private final Thread test = Thread.currentThread();
  private final Duration most;
  private final Thread thread;
  // Guarded by the monitor.
  private boolean ended;
  private @Nullable String dump;

  private RunWatch(Duration most) {
    this.most = most;
    thread = new Thread(this::watch, "hub-explore-watch");
    thread.setDaemon(true);
  }

  /** Watches the calling thread. */
  static RunWatch start(Duration most) {
    RunWatch watch = new RunWatch(most);
    watch.thread.start();
    return watch;
  }

  private synchronized void watch() {
    long end = System.nanoTime() + most.toNanos();
    try {
      for (long left = most.toNanos(); left > 0 && !ended; left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      return;
    }
    if (!ended) {
      dump = dump();
      test.interrupt();
    }
  }

  private String dump() {
    StringBuilder text = new StringBuilder();
    append(text, test, test.getStackTrace());
    int threads = 1;
    for (Map.Entry<Thread, StackTraceElement[]> each : Thread.getAllStackTraces().entrySet()) {
      Thread other = each.getKey();
      boolean isOfTheJvm = other.getThreadGroup() == null || each.getValue().length == 0;
      if (other != test && other != thread && !isOfTheJvm && threads < MOST_THREADS) {
        append(text, other, each.getValue());
        threads++;
      }
    }
    return text.toString().stripTrailing();
  }

  private static void append(StringBuilder text, Thread thread, StackTraceElement[] frames) {
    text.append('"').append(thread.getName()).append("\" ").append(thread.getState()).append('\n');
    for (int i = 0; i < Math.min(frames.length, MOST_FRAMES); i++) {
      text.append("  at ").append(frames[i]).append('\n');
    }
  }

  /**
   * Ends the watch.
   *
   * @param failure how the run has ended; null if it has not failed
   * @return the failure of a run that took too long, which is otherwise what was given
   */
  @Nullable Throwable end(@Nullable Throwable failure) {
    String threads;
    synchronized (this) {
      ended = true;
      notifyAll();
      threads = dump;
    }
    if (threads == null) {
      return failure;
    }
    // The interrupt was meant for the run, which is over.
    Thread.interrupted();
    AssertionError tooLong =
        new AssertionError("The run took longer than " + DurationText.of(most), failure);
    tooLong.addSuppressed(new ExplorationNote("The threads at that time:\n" + threads));
    return tooLong;
  }
}
