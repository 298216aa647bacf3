package dev.hubkit.hostile;

/** A client that uses the hub as intended, and checks what comes back. */
interface OrdinaryClient extends AutoCloseable {
  /** Returns the name of the client. */
  String name();

  /**
   * Does one thing, which the runner times; an exception counts as an error that the client has
   * seen.
   */
  void act() throws Exception;

  /** Returns how long the client rests after each thing. */
  long restMillis();

  /** Makes the checks that are only possible when all is done. */
  default void finish() throws Exception {}

  @Override
  void close() throws Exception;
}
