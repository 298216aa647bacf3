package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;

/**
 * A consumer at one moment.
 *
 * @param created when it was created, in nanoseconds since the Unix epoch
 * @param state what was delivered and what is acknowledged
 */
public record ConsumerState(
    String name, ConsumerConfig config, long created, ConsumerSnapshot state) {

  /** Returns this with all times moved by so many nanoseconds. */
  public ConsumerState shifted(long nanos) {
    return new ConsumerState(name, config, created + nanos, state.shifted(nanos));
  }
}
