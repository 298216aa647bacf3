package dev.hubkit.time;

import dev.hubkit.log.Log;
import dev.hubkit.work.Shutdown;
import org.jspecify.annotations.Nullable;

/** The thread that runs the timers of a source, which ends with it. */
final class TimerThread {
  private static final Log log = Log.of(TimerThread.class);
  private static final int CLOSE_MILLIS = 10_000;

  private TimerThread() {}

  /**
   * Returns when a thread that was told to end has ended, unless there is none, it is the one that
   * closes, or the caller is interrupted.
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
