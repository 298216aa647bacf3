package dev.hubkit.nats.system;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import dev.hubkit.work.Workers;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Publishes system messages in order, on a thread of its own, which starts when there is something
 * to publish and ends after it was idle for a while.
 */
final class SystemPublisher implements Activity, AutoCloseable {
  private static final Log log = Log.of(SystemPublisher.class);
  private static final long CLOSE_SECONDS = 5;

  private final Supervisor supervisor;
  private final Workers thread;

  SystemPublisher(String threadName) {
    supervisor = new Supervisor(threadName);
    thread = Workers.single(threadName, Integer.MAX_VALUE);
  }

  @Override
  public boolean isIdle() {
    return thread.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    return thread.awaitIdle(nanos);
  }

  /** Runs a task after those handed over before; never when closed. */
  void execute(Runnable task) {
    if (!offer(task)) {
      log.debug("Closed: no more system messages");
    }
  }

  /**
   * Runs a task after those handed over before.
   *
   * @return false when this is closed and the task will not run
   */
  boolean offer(Runnable task) {
    try {
      thread.execute(
          () -> {
            try {
              WorkStep.SYSTEM_TASK.reach();
              task.run();
            } catch (Throwable failure) {
              supervisor.failed(task, failure);
            }
          });
      return true;
    } catch (RejectedExecutionException e) {
      log.trace("Closed", e);
      return false;
    }
  }

  /** Publishes a message of the server at once. */
  static void publish(Account account, Message message) {
    WorkBatch batch = new WorkBatch();
    account.publish(message, batch);
    batch.flush();
  }

  /** Publishes JSON text of the server at once. */
  static void publish(Account account, String subject, JsonWriter json) {
    publish(account, Message.of(subject, null, json.toBytes()));
  }

  /** Ends the thread, after it has done the tasks it has, within a time limit. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        thread.shutdownNow();
        log.warn("System messages are still being sent");
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
