package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;

/** What a consumer may ask of the set that it belongs to. Confined to the stream's executor. */
interface ConsumerRegistry {
  /** Has {@link Consumer#work} called when the messages of this round are safe. */
  void register(Consumer consumer);

  /** Removes a consumer for good. */
  void delete(Consumer consumer, WorkBatch batch);

  /** Removes the messages that a consumer has passed and no other needs. */
  void dropAcknowledged(Consumer consumer);
}
