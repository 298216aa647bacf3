package dev.hubkit.nats.jetstream.config;

/**
 * Which subjects of the server's own name the domain and the account, so that leaf nodes and
 * imports can be permitted to use those of one account only. By default none does.
 *
 * @param acks those of acknowledgements and flow control (ADR-15)
 * @param apiReplies those of replies to the API requests of mirrors and sources
 */
public record ScopedSubjects(boolean acks, boolean apiReplies) {
  /** No subject does. */
  public static final ScopedSubjects NONE = new ScopedSubjects(false, false);
}
