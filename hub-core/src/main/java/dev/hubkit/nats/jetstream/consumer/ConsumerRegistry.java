package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;

/** What a consumer knows of the set that it belongs to. Confined to the stream's executor. */
interface ConsumerRegistry {
  /** Lets {@link Consumer#work} be called when the messages of this round are durable. */
  void register(Consumer consumer);

  /** Removes a consumer for good. */
  void delete(Consumer consumer, WorkBatch batch);

  /** Removes the messages that the consumer has acknowledged and no other consumer needs. */
  void dropAcknowledged(Consumer consumer);
}
