package dev.hubkit.time;

import dev.hubkit.log.Log;
import dev.hubkit.work.Shutdown;
import org.jspecify.annotations.Nullable;

/** Waits for the end of the thread that runs the timers of a source. */
final class TimerThread {
  private static final Log log = Log.of(TimerThread.class);
  private static final int CLOSE_MILLIS = 10_000;

  private TimerThread() {}

  /**
   * Waits until a thread that was asked to end has ended. Returns at once when there is none, or it
   * is the calling thread, or the caller is interrupted.
   */
  static void awaitEnd(@Nullable Thread ending) {
    if (ending == null || Shutdown.isCalledBy(ending)) {
      return;
    }
    try {
      ending.join(CLOSE_MILLIS);
      if (ending.isAlive()) {
        log.warn("A timer's task is still running");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
