package dev.hubkit.work;

import java.util.concurrent.Executor;

/**
 * A task for another thread together with what is to be done when it fails, or what ran it did: a
 * thread that a {@link Supervisor} looks after tells it.
 *
 * @param task the task
 * @param onFailure puts things in order when the task cannot be, or has not been done
 */
public record SupervisedTask(Runnable task, Supervisor.FailureHandler onFailure)
    implements Runnable, Supervisor.FailureHandler {
  /** A task that has this one done elsewhere, and whose failure is this one's too. */
  public SupervisedTask on(Executor elsewhere) {
    return new SupervisedTask(() -> elsewhere.execute(this), onFailure);
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
