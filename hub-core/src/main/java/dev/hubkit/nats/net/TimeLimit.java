package dev.hubkit.nats.net;

import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * A limit on how long something may take: either it comes in time or the time is over, never both.
 * A timer whose task has already begun cannot be cancelled any more, so the task asks here whether
 * it still counts. Thread-safe.
 */
final class TimeLimit {
  private final TimeSource time;
  private final Supervisor.FailureHandler onFailure;
  // Guarded by this object's monitor.
  private @Nullable Timer timer;
  private long round;
  private boolean over;

  /** Makes a limit that is not set yet. */
  TimeLimit(TimeSource time, Supervisor.FailureHandler onFailure) {
    this.time = time;
    this.onFailure = onFailure;
  }

  /**
   * Sets the limit anew; a former one does not count any more.
   *
   * @param whenOver runs when the time is over before {@link #meet} was called
   */
  synchronized void set(long nanos, Runnable whenOver) {
    meet();
    over = false;
    long current = round;
    timer = time.schedule(nanos, new SupervisedTask(() -> end(current, whenOver), onFailure));
  }

  private void end(long ofRound, Runnable whenOver) {
    synchronized (this) {
      if (ofRound != round) {
        return;
      }
      round++;
      over = true;
      timer = null;
    }
    whenOver.run();
  }

  /** Ends the limit, because what it waits for has come; returns false when the time was over. */
  synchronized boolean meet() {
    round++;
    Timer set = timer;
    timer = null;
    if (set != null) {
      set.cancel();
    }
    return !over;
  }
}
