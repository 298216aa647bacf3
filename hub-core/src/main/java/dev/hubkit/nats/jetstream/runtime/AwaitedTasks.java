package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.work.Supervisor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tasks on many executors that are waited for together, and not for ever: an executor that is stuck
 * holds up nobody for longer than the time there is for all of them. Confined to one thread, which
 * must not be running an executor.
 */
public final class AwaitedTasks {
  private static final Log log = Log.of(AwaitedTasks.class);

  private final Supervisor supervisor;
  private final long end;
  private final List<Begun> begun = new ArrayList<>();

  private record Begun(SerialExecutor executor, CountDownLatch done) {}

  /**
   * Makes one without tasks, whose time begins now.
   *
   * @param seconds for all of them
   */
  public AwaitedTasks(Supervisor supervisor, long seconds) {
    this.supervisor = supervisor;
    this.end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }

  /** Leaves a task; what it throws is logged. */
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

  /** Waits for them; false when some are not done in time, or the caller is interrupted. */
  public boolean await() {
    boolean all = true;
    for (Begun each : begun) {
      try {
        if (!each.done.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          log.warn("{} is stuck, and is no longer waited for", each.executor);
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
