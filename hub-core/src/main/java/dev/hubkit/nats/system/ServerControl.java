package dev.hubkit.nats.system;

/** What the system account can have a server do. Its methods can be called by any thread. */
public interface ServerControl {
  /**
   * Reads the configuration again and takes over what a running server can.
   *
   * @throws RuntimeException if that is not possible, with a message for who asked
   */
  void reload();
}
