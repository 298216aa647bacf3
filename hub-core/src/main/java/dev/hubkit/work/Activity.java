package dev.hubkit.work;

/** Works on the tasks it is given, and lets callers wait for their end. Thread-safe. */
public interface Activity {
  /** Returns whether all its tasks are done. */
  boolean isIdle();

  /**
   * Waits until all tasks are done, or wait only for events from outside.
   *
   * @return false when they are not after {@code nanos} nanoseconds
   * @throws InterruptedException if interrupted while waiting
   */
  boolean awaitIdle(long nanos) throws InterruptedException;
}
