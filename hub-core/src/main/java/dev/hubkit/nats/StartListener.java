package dev.hubkit.nats;

/**
 * Hears how the start of a server goes on. Called on the thread that starts the server; what a
 * method throws ends the start, and is thrown there.
 */
@FunctionalInterface
public interface StartListener {
  /** Hears nothing. */
  StartListener NONE = () -> {};

  /** Hears a line that nats-server would log now, without its time and level. */
  default void info(String line) {}

  /** Hears a line that nats-server would log now as a warning. */
  default void warn(String line) {}

  /** Called before the server opens anything but the ports for clients and profiles. */
  default void opening() {}

  /** Called when everything is there, and only clients are not let in yet. */
  void ready();
}
