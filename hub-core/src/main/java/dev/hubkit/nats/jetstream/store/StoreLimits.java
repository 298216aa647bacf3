package dev.hubkit.nats.jetstream.store;

/**
 * How much a store keeps, and what gives way when it is full. Zero or negative means no limit.
 *
 * @param maxMessages messages of the stream
 * @param maxBytes bytes of the stream, counted as {@link StoreState#bytes}
 * @param maxMessagesPerSubject messages of one subject
 * @param maxAge nanoseconds a message may get old
 * @param discard what gives way
 */
public record StoreLimits(
    long maxMessages, long maxBytes, long maxMessagesPerSubject, long maxAge, Discard discard) {
  /** No limit at all. */
  public static final StoreLimits NONE = new StoreLimits(0, 0, 0, 0, Discard.OLD);

  /** What gives way in a full stream. */
  public enum Discard {
    /** The oldest messages. */
    OLD,
    /** The new message; at the limit of a subject, still the oldest of that subject. */
    NEW,
    /** The new message, at the limit of a subject too. */
    NEW_PER_SUBJECT
  }

  /** A copy with another limit of messages. */
  public StoreLimits withMaxMessages(long count) {
    return new StoreLimits(count, maxBytes, maxMessagesPerSubject, maxAge, discard);
  }

  /** A copy with another limit of bytes. */
  public StoreLimits withMaxBytes(long bytes) {
    return new StoreLimits(maxMessages, bytes, maxMessagesPerSubject, maxAge, discard);
  }

  /** A copy with another limit of messages per subject. */
  public StoreLimits withMaxMessagesPerSubject(long count) {
    return new StoreLimits(maxMessages, maxBytes, count, maxAge, discard);
  }

  /** A copy with another age, in nanoseconds. */
  public StoreLimits withMaxAge(long nanos) {
    return new StoreLimits(maxMessages, maxBytes, maxMessagesPerSubject, nanos, discard);
  }

  /** A copy with another policy. */
  public StoreLimits withDiscard(Discard policy) {
    return new StoreLimits(maxMessages, maxBytes, maxMessagesPerSubject, maxAge, policy);
  }
}
