package dev.hubkit.time;

/** A task that a {@link TimeSource} has been asked to run later. */
public interface Timer {
  /**
   * Keeps the task from running. Does nothing when it has run, is running or was cancelled before.
   */
  void cancel();
}
