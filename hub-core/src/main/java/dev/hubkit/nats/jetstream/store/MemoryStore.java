package dev.hubkit.nats.jetstream.store;

/** Makes stores that keep their messages in memory. */
public final class MemoryStore {
  private MemoryStore() {}

  /** Makes an empty store. */
  public static StreamStore create(StoreLimits limits) {
    return new FailStopStore(new IndexedStore(new MemoryLog(), limits, false));
  }
}
