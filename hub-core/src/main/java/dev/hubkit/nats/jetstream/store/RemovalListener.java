package dev.hubkit.nats.jetstream.store;

/**
 * Is notified of messages that leave a store, for whatever reason: limits, age, removal, purge,
 * damage. Called after the message is gone, on the thread that works on the store; it must not
 * change the store.
 */
public interface RemovalListener {
  /** One message is gone. */
  void removed(long sequence, String subject, long bytes);

  /**
   * Many messages are gone at once (purge, compact, truncate); a listener that counts messages asks
   * the store again.
   */
  void removedMany(long messages, long bytes);
}
