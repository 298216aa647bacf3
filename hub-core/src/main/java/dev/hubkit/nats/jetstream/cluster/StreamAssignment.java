package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which servers are to have a stream. Immutable.
 *
 * @param created when it was created, in nanoseconds since the Unix epoch
 * @param consumers its consumers by name, without those that the leader keeps for itself
 */
public record StreamAssignment(
    StreamConfig config,
    long created,
    RaftGroup group,
    SortedMap<String, ConsumerAssignment> consumers) {

  public StreamAssignment {
    consumers = Collections.unmodifiableSortedMap(new TreeMap<>(consumers));
  }

  /** Returns the name of the stream. */
  public String name() {
    return config.name();
  }

  StreamAssignment with(StreamConfig changed, RaftGroup on) {
    return new StreamAssignment(changed, created, on, consumers);
  }

  StreamAssignment with(ConsumerAssignment consumer) {
    TreeMap<String, ConsumerAssignment> changed = new TreeMap<>(consumers);
    changed.put(consumer.name(), consumer);
    return new StreamAssignment(config, created, group, changed);
  }

  StreamAssignment without(String consumer) {
    TreeMap<String, ConsumerAssignment> changed = new TreeMap<>(consumers);
    changed.remove(consumer);
    return new StreamAssignment(config, created, group, changed);
  }

  /** Returns the configurations of the consumers, by name. */
  public Map<String, ConsumerConfig> consumerConfigs() {
    Map<String, ConsumerConfig> configs = new LinkedHashMap<>();
    consumers.forEach((name, consumer) -> configs.put(name, consumer.config()));
    return configs;
  }
}
