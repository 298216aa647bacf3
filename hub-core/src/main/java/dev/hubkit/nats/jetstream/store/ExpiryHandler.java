package dev.hubkit.nats.jetstream.store;

/** Decides about messages whose time is over. */
public interface ExpiryHandler {
  /** Lets every message go. */
  ExpiryHandler REMOVE = (message, last) -> true;

  /**
   * A message is due. It may be left to the store (true), or the handler has dealt with it (false),
   * for instance by appending a delete marker (ADR-43) that takes its place; the handler may change
   * the store.
   *
   * @param lastOfSubject no other message of its subject is left
   */
  boolean expire(StoredMessage message, boolean lastOfSubject);
}
