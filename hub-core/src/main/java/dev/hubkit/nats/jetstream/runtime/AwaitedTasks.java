package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.work.Supervisor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs tasks on several executors and waits for all of them, within one time limit: a stuck
 * executor delays the caller no longer than that. Confined to one thread, which must not be running
 * an executor.
 */
public final class AwaitedTasks {
  private static final Log log = Log.of(AwaitedTasks.class);

  private final Supervisor supervisor;
  private final long end;
  private final List<Begun> begun = new ArrayList<>();

  private record Begun(SerialExecutor executor, CountDownLatch done) {}

  /**
   * Makes one without tasks; the time limit begins now.
   *
   * @param seconds the time limit for all tasks together
   */
  public AwaitedTasks(Supervisor supervisor, long seconds) {
    this.supervisor = supervisor;
    this.end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }

  /** Submits a task; logs what it throws. */
  public void begin(SerialExecutor executor, SerialExecutor.Task task) {
    CountDownLatch done = new CountDownLatch(1);
    begun.add(new Begun(executor, done));
    try {
      executor.execute(batch -> run(executor, task, batch, done));
    } catch (Throwable e) {
      supervisor.failed(executor, e, failure -> done.countDown());
    }
  }

  private void run(
      SerialExecutor executor, SerialExecutor.Task task, WorkBatch batch, CountDownLatch done) {
    try {
      task.run(batch);
    } catch (Throwable e) {
      supervisor.failed(executor, e, null);
    } finally {
      done.countDown();
    }
  }

  /**
   * Waits for the tasks; returns false if some are not done in time or the caller is interrupted.
   */
  public boolean await() {
    boolean all = true;
    for (Begun each : begun) {
      try {
        if (!each.done.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          log.warn("{} is stuck; closing continues without it", each.executor);
          all = false;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return all;
  }
}
