package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.time.TimerName;
import dev.hubkit.work.WorkStep;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A timer whose task runs on a serial executor. A task that fails is repeated a little later,
 * unless it has set another time itself. The timer and its task are confined to the executor.
 */
public final class SerialTimer {
  /** The delay before a failed task is repeated. */
  private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

  private final TimeSource time;
  private final SerialExecutor executor;
  private final SerialExecutor.Task task;
  private @Nullable Timer timer;
  private long due;
  private long generation;

  public SerialTimer(TimeSource time, SerialExecutor executor, SerialExecutor.Task task) {
    this.time = time;
    this.executor = executor;
    this.task = task;
  }

  /** Runs the task in {@code delay} nanoseconds; replaces an earlier setting. */
  public void set(long delay) {
    cancel();
    long mine = generation;
    due = time.nanoTime() + Math.max(0, delay);
    timer = time.schedule(delay, new Firing(mine));
  }

  private final class Firing implements Runnable {
    private final long mine;

    Firing(long mine) {
      this.mine = mine;
    }

    @Override
    public void run() {
      onTimer(mine);
    }

    /** Names the class that has set the timer. */
    @Override
    public String toString() {
      return TimerName.of(task.getClass());
    }
  }

  // Runs on the thread of the timers.
  private void onTimer(long mine) {
    try {
      executor.execute(batch -> run(mine, batch));
    } catch (Throwable e) {
      // The task was not submitted for lack of memory; there may be some later.
      time.schedule(RETRY, new Firing(mine));
      throw e;
    }
  }

  private void run(long mine, WorkBatch batch) {
    // The timer may have been set again while the task waited for the executor.
    if (generation != mine) {
      return;
    }
    cancel();
    long after = generation;
    try {
      WorkStep.SERIAL_TIMER.reach();
      task.run(batch);
    } catch (Throwable e) {
      if (generation == after) {
        set(RETRY);
      }
      throw e;
    }
  }

  public void cancel() {
    generation++;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  public boolean isSet() {
    return timer != null;
  }

  /** Returns whether the timer is set for {@code delay} nanoseconds from now, or earlier. */
  public boolean isSetWithin(long delay) {
    return timer != null && due - time.nanoTime() <= delay;
  }
}
