package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.protocol.ConsumerPrefix;
import dev.hubkit.nats.jetstream.runtime.StreamContext;

/**
 * What the parts of a consumer know of it: its name and stream, the configuration in force, and how
 * to wake it.
 */
interface ConsumerContext {
  StreamContext stream();

  /** Returns the name of the consumer. Any thread. */
  String name();

  /** Returns how subjects name the consumer without its domain and account. Any thread. */
  default ConsumerPrefix plainPrefix() {
    return ConsumerPrefix.plain(stream().name(), name());
  }

  /** Returns how subjects name the consumer with its domain and account. Any thread. */
  default ConsumerPrefix scopedPrefix() {
    return ConsumerPrefix.scoped(
        stream().jetStream().options().domain(),
        stream().account().name(),
        stream().name(),
        name());
  }

  /** Returns how the subjects that clients are told name the consumer. Any thread. */
  default ConsumerPrefix prefix() {
    return stream().jetStream().options().scopedSubjects().acks() ? scopedPrefix() : plainPrefix();
  }

  /** Returns the configuration in force. Any thread. */
  ConsumerConfig config();

  /** Returns whether the consumer has ended. Any thread. */
  boolean isClosed();

  /**
   * Returns whether the consumer serves clients: it has not ended, and if it has replicas on
   * several servers, the one here leads.
   */
  boolean isServing();

  /**
   * Notes that the consumer needs a message no more, so that the stream may remove it. A consumer
   * with replicas tells the stream when a majority of them knows.
   */
  void settled(long seq);

  /** Lets the consumer deliver what it can at the end of this round of the executor. */
  void wake(WorkBatch batch);
}
