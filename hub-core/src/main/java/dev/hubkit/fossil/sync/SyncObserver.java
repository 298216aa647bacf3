package dev.hubkit.fossil.sync;

/** Is told what a sync message was about, on the thread that answers it. */
@FunctionalInterface
public interface SyncObserver {
  /** The message has been answered, also if the answer is an error. */
  void answered(SyncSummary summary);
}
