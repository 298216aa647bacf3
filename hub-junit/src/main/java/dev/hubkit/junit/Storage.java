package dev.hubkit.junit;

/** Where JetStream keeps messages. */
public enum Storage {
  /** What the file of the declaration says; without a file, {@link #MEMORY}. */
  DEFAULT,
  /** In memory. */
  MEMORY,
  /** In files. */
  FILE
}
