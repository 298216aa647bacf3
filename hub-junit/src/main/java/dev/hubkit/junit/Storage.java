package dev.hubkit.junit;

/** Where JetStream keeps messages. */
public enum Storage {
  /** In memory. */
  MEMORY,
  /** In files. */
  FILE
}
