package dev.hubkit.nats.account;

import dev.hubkit.work.Supervisor;

/** Something that gathers work during a {@link WorkBatch} and does it all at the batch's end. */
public interface Flushable extends Supervisor.FailureHandler {
  /**
   * Does the gathered work: writes the outgoing bytes, stores the appended messages. Called once
   * per batch, on the batch's thread, without locks held; may defer others to the same batch.
   */
  void flush(WorkBatch batch);

  /**
   * Called when {@link #flush} has thrown, which has been logged: what is gathered here may be in
   * any state. Whoever cannot go on from there ends itself.
   */
  @Override
  default void failed(Throwable failure) {}
}
