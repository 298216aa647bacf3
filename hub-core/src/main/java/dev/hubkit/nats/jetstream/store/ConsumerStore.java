package dev.hubkit.nats.jetstream.store;

/**
 * The state of one consumer: what it has delivered, what is acknowledged, what waits for an
 * acknowledgement and what was delivered more than once. This is the consumer's state, not a copy
 * of it: the consumer reads and changes it here, and {@link #flush} makes the changes safe.
 *
 * <p>Messages are named by their stream sequence. Not thread-safe, like the store of its stream.
 */
public interface ConsumerStore extends AutoCloseable {
  /** A state that is kept in memory only. */
  static ConsumerStore inMemory() {
    return new MemoryConsumerStore();
  }

  /** Whether anything was ever recorded, in this life or an earlier one. */
  boolean hasState();

  /**
   * Whether a report tells {@link #deliveredStream} instead of the place where the consumer goes
   * on: always for a consumer in files, from the first delivery on for one in memory. See HasState
   * of both stores of nats-server.
   */
  default boolean tellsDelivered() {
    return hasState();
  }

  /** Whether something is in files that an earlier life has recorded, and can be read. */
  default boolean isRecorded() {
    return false;
  }

  /**
   * Whether part of what was recorded is damaged, so that some deliveries are not known, though
   * later ones are.
   */
  default boolean hasUnknown() {
    return false;
  }

  /**
   * Whether a message may be one of those deliveries: then it is not known whether it was
   * delivered, nor whether it was acknowledged.
   */
  default boolean isUnknown(long streamSequence) {
    return false;
  }

  /** Those that are unknown have been added to those that wait, as far as they are to be. */
  default void resolveUnknown() {}

  /** The consumer sequence of the last delivery; 0 for none. */
  long deliveredConsumer();

  /** The highest stream sequence delivered. */
  long deliveredStream();

  /** Sets the pair that was delivered last. */
  void deliver(long consumerSequence, long streamSequence);

  /** The consumer sequence up to which all is acknowledged. */
  long floorConsumer();

  /** The stream sequence up to which all is acknowledged. */
  long floorStream();

  /** Sets the pair up to which all is acknowledged. */
  void raiseFloor(long consumerSequence, long streamSequence);

  // --- waiting for an acknowledgement ---

  /** How many messages wait. */
  int pendingCount();

  /** Whether the message waits. */
  boolean isPending(long streamSequence);

  /**
   * Under which consumer sequence a waiting message was first delivered; 0 when it doesn't wait.
   */
  long pendingConsumer(long streamSequence);

  /** When a waiting message was last delivered, in nanoseconds; 0 when it doesn't wait. */
  long pendingSince(long streamSequence);

  /** Adds a message to those that wait, or changes it. */
  void addPending(long streamSequence, long consumerSequence, long timestamp);

  /** Takes a message from those that wait; false when it did not. */
  boolean removePending(long streamSequence);

  /** The lowest waiting sequence at or above {@code streamSequence}; 0 for none. */
  long nextPending(long streamSequence);

  // --- delivered more than once ---

  /** How many messages were delivered more than once. */
  int redeliveredCount();

  /** How often, beyond the first time, a message was delivered; 0 for not. */
  long redelivered(long streamSequence);

  /** Sets how often, beyond the first time, a message was delivered; 0 forgets it. */
  void setRedelivered(long streamSequence, long times);

  /** The lowest sequence delivered more than once, at or above this one; 0 for none. */
  long nextRedelivered(long streamSequence);

  // --- life ---

  /** Forgets everything, and starts after {@code streamSequence}. */
  void reset(long streamSequence);

  /**
   * Makes the changes safe against the end of this process. When it fails the state in memory stays
   * as it is, and the next flush tries again.
   */
  void flush();

  /** Flushes, then makes everything safe against loss of power. */
  void sync();

  /** Flushes and closes. Safe to call more than once. */
  @Override
  void close();

  /** Closes and removes every trace. */
  void delete();
}
