package dev.hubkit.http;

import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;

/**
 * Hands the work of one connection to its loop, from any thread. A connection that cannot be told
 * because there is no memory for it is closed soon. Thread-safe.
 */
final class LoopTasks {
  private final SelectorLoop loop;
  private final Supervisor.FailureHandler connection;
  private volatile boolean closesSoon;

  /**
   * Hands over nothing yet.
   *
   * @param connection closes the connection when one of its tasks fails
   */
  LoopTasks(SelectorLoop loop, Supervisor.FailureHandler connection) {
    this.loop = loop;
    this.connection = connection;
  }

  /** Returns a task that closes the connection when it fails. */
  SupervisedTask of(Runnable task) {
    return new SupervisedTask(task, connection);
  }

  /** Has the loop run a task. */
  void submit(SupervisedTask task) {
    try {
      loop.execute(task);
    } catch (OutOfMemoryError e) {
      closeSoon();
      throw e;
    }
  }

  /** Has the loop close the connection with its next tick; allocates nothing. */
  void closeSoon() {
    closesSoon = true;
    loop.wakeup();
  }

  /** Returns whether the loop is to close the connection. */
  boolean closesSoon() {
    return closesSoon;
  }
}
