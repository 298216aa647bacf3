package dev.hubkit.nats.account;

/** A target that takes less than it is given. */
public interface BackPressure {
  /** Calls {@code task} once when the target has caught up, on any thread; now, if it has. */
  void whenRelieved(Runnable task);
}
