package dev.hubkit.nats.account;

import dev.hubkit.work.Supervisor;

/** A target that gathers work during a {@link WorkBatch} and does it all at the batch's end. */
public interface Flushable extends Supervisor.FailureHandler {
  /**
   * Does the gathered work: writes the outgoing bytes, stores the appended messages. Called once
   * per batch, on the batch's thread, without locks held; may defer others to the same batch.
   */
  void flush(WorkBatch batch);

  /**
   * Called after {@link #flush} has thrown and the failure is logged: the gathered work may be in
   * any state. A target that cannot go on from there ends itself.
   */
  @Override
  default void failed(Throwable failure) {}
}
