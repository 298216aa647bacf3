package dev.hubkit.hostile;

/** Somebody who uses the hub as it is meant to be used, and checks what comes back. */
interface OrdinaryClient extends AutoCloseable {
  /** Who it is. */
  String name();

  /** Does one thing, which is timed; what it throws is an error that it has seen. */
  void act() throws Exception;

  /** How long it rests after each thing. */
  long restMillis();

  /** Checks what can be checked only when all is done. */
  default void finish() throws Exception {}

  @Override
  void close() throws Exception;
}
