package dev.hubkit.nats.account;

/** A target that receives more than it can take. */
public interface BackPressure {
  /**
   * Calls {@code task} once, on any thread, when the target has caught up; at once if it has
   * already.
   */
  void whenRelieved(Runnable task);
}
