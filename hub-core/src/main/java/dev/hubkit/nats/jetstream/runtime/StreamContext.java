package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.time.TimeSource;

/**
 * What the parts of a stream may know of it. On the stream's {@link #executor()}, but for what says
 * otherwise.
 */
public interface StreamContext {
  /** The JetStream of the account that the stream belongs to. Any thread. */
  AccountContext jetStream();

  /** The account that the stream belongs to. Any thread. */
  Account account();

  /** Any thread. */
  TimeSource time();

  /** Any thread. */
  String name();

  /** The configuration in force. Any thread. */
  StreamConfig config();

  /** Runs everything that the stream and its consumers do, one task at a time. Any thread. */
  SerialExecutor executor();

  /** Returns whether the stream has been closed or deleted. Any thread. */
  boolean isClosed();

  /** The messages. */
  StreamStore store();

  /** Makes safe what was published in this round, and tells publishers and consumers. */
  void commitPending(WorkBatch batch);

  /**
   * Notes that a consumer is done with a message, and removes it when the retention policy says so
   * and no other consumer needs it.
   */
  void acknowledged(long sequence);

  /**
   * Stores a message of the server's own, such as a delete marker, as if it had been published; the
   * end of the current round makes it safe.
   */
  void store(String subject, byte[] header, byte[] payload, WorkBatch batch);
}
