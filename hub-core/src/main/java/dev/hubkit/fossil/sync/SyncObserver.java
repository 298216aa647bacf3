package dev.hubkit.fossil.sync;

/** Receives a summary of each sync message, on the thread that answers it. */
@FunctionalInterface
public interface SyncObserver {
  /** Called when a message has been answered, even if the answer is an error. */
  void answered(SyncSummary summary);
}
