package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;

/** A change to the set of streams or to the subjects they take, which excludes other changes. */
@FunctionalInterface
public interface StreamChange {
  /**
   * Makes the change on the account's executor and calls {@code done} when it is complete: at once
   * or later, from any thread.
   */
  void run(WorkBatch batch, SerialExecutor.Task done);
}
