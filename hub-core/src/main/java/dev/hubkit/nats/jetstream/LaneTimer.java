package dev.hubkit.nats.jetstream;

import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import org.jspecify.annotations.Nullable;

/** One deadline of something that lives on a lane. Confined to the lane, and so is its task. */
final class LaneTimer {
  private final TimeSource time;
  private final Lane lane;
  private final Lane.Task task;
  private @Nullable Timer timer;
  private long due;
  private long generation;

  LaneTimer(TimeSource time, Lane lane, Lane.Task task) {
    this.time = time;
    this.lane = lane;
    this.task = task;
  }

  /** Runs the task in {@code delay} nanoseconds, instead of when it was to run before. */
  void set(long delay) {
    cancel();
    long mine = generation;
    due = time.nanoTime() + Math.max(0, delay);
    timer =
        time.schedule(
            delay,
            () ->
                lane.execute(
                    batch -> {
                      // It may have been set anew while it waited for the lane.
                      if (generation == mine) {
                        cancel();
                        task.run(batch);
                      }
                    }));
  }

  void cancel() {
    generation++;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  boolean isSet() {
    return timer != null;
  }

  /** Is it set for {@code delay} nanoseconds from now, or earlier? */
  boolean isSetWithin(long delay) {
    return timer != null && due - time.nanoTime() <= delay;
  }
}
