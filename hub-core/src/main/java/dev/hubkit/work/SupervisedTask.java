package dev.hubkit.work;

import java.util.concurrent.Executor;

/**
 * A task for another thread, together with what to do when it or the thread that should run it
 * fails. A supervised thread calls that.
 *
 * @param task the task
 * @param onFailure puts things in order when the task failed or cannot run
 */
public record SupervisedTask(Runnable task, Supervisor.FailureHandler onFailure)
    implements Runnable, Supervisor.FailureHandler {
  /**
   * Returns a task that runs this one on {@code elsewhere}; its failure is also a failure of this
   * one.
   */
  public SupervisedTask on(Executor elsewhere) {
    return new SupervisedTask(new Handover(this, elsewhere), onFailure);
  }

  private record Handover(SupervisedTask task, Executor to) implements Runnable {
    @Override
    public void run() {
      to.execute(task);
    }
  }

  /** Returns the task itself, also where this one only hands it to an executor. */
  public Runnable origin() {
    if (task instanceof Handover handover) {
      return handover.task.origin();
    }
    return task instanceof SupervisedTask inner ? inner.origin() : task;
  }

  @Override
  public void run() {
    task.run();
  }

  @Override
  public void failed(Throwable failure) {
    onFailure.failed(failure);
  }
}
