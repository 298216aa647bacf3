package dev.hubkit.work;

/** What works by itself on what it is given, and can be waited for. Thread-safe. */
public interface Activity {
  /** Whether everything that was given to it is done. */
  boolean isIdle();

  /**
   * Waits until everything is done, or what it waits for itself is nothing that others do.
   *
   * @return false when it is not after so many nanoseconds
   * @throws InterruptedException if interrupted while waiting
   */
  boolean awaitIdle(long nanos) throws InterruptedException;
}
