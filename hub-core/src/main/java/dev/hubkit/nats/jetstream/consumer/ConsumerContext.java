package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.runtime.StreamContext;

/**
 * What the parts of a consumer know of the whole: whose they are, what is in force now, and how to
 * have it look for something to deliver.
 */
interface ConsumerContext {
  StreamContext stream();

  /** The name of the consumer. Any thread. */
  String name();

  /** The configuration in force. Any thread. */
  ConsumerConfig config();

  /** Has the consumer ended? Any thread. */
  boolean isClosed();

  /** Has the consumer deliver what it can at the end of this round of the executor. */
  void wake(WorkBatch batch);
}
