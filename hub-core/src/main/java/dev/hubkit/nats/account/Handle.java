package dev.hubkit.nats.account;

/** A subscription, watch or the like that lasts until it is closed. */
public interface Handle extends AutoCloseable {
  /** Ends it. Safe to call more than once and from any thread. */
  @Override
  void close();
}
