package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;

/**
 * Which servers are to have a consumer.
 *
 * @param created when it was created, in nanoseconds since the Unix epoch
 */
public record ConsumerAssignment(
    String name, ConsumerConfig config, long created, RaftGroup group) {
  ConsumerAssignment on(RaftGroup other) {
    return new ConsumerAssignment(name, config, created, other);
  }

  ConsumerAssignment withConfig(ConsumerConfig changed) {
    return new ConsumerAssignment(name, changed, created, group);
  }
}
