package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.time.TimeSource;

/**
 * What the parts of a stream know of it. Confined to the stream's {@link #executor()}, except for
 * what says otherwise.
 */
public interface StreamContext {
  /** Returns the JetStream of the account that the stream belongs to. Any thread. */
  AccountContext jetStream();

  /** Returns the account that the stream belongs to. Any thread. */
  Account account();

  /** Any thread. */
  TimeSource time();

  /** Any thread. */
  String name();

  /**
   * Returns what distinguishes this stream from an earlier or later one of its name: a hash of the
   * time of its creation. Any thread.
   */
  String identity();

  /** Returns the configuration in force. Any thread. */
  StreamConfig config();

  /** Returns the executor that runs the tasks of the stream and its consumers. Any thread. */
  SerialExecutor executor();

  /** Returns whether the stream has been closed or deleted. Any thread. */
  boolean isClosed();

  /** Returns the store of the messages. */
  StreamStore store();

  /** Commits what was published in this round so far, and tells publishers and consumers. */
  void commitPending(WorkBatch batch);

  /**
   * Notes that a consumer has acknowledged a message, and removes the message if the retention
   * policy says so and no other consumer needs it.
   */
  void acknowledged(long sequence);

  /** Removes a message that no consumer needs any more. */
  void discard(long sequence);

  /**
   * Stores a message that the server has made, such as a delete marker, as if it had been
   * published; the end of the current round makes it durable.
   */
  void store(String subject, byte[] header, byte[] payload, WorkBatch batch);
}
