package dev.hubkit.fossil.sync;

/** Receives a summary of each sync message, on the thread that answers it. */
@FunctionalInterface
public interface SyncObserver {
  /** The message has been answered, also if the answer is an error. */
  void answered(SyncSummary summary);
}
