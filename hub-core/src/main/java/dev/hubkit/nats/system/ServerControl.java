package dev.hubkit.nats.system;

/** The commands that the system account has for a server. Thread-safe. */
public interface ServerControl {
  /**
   * Reads the configuration again and applies what a running server can change.
   *
   * @throws RuntimeException if that is not possible, with a message for the requester
   */
  void reload();
}
