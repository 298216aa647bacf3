package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** Returns the same with another configuration, on servers where its consumers follow it. */
  StreamAssignment with(StreamConfig changed, RaftGroup on) {
    StreamAssignment moved = new StreamAssignment(changed, created, on, consumers);
    if (Set.copyOf(on.peers()).equals(Set.copyOf(group.peers()))) {
      return moved;
    }
    for (ConsumerAssignment consumer : consumers.values()) {
      List<String> peers = moved.peersOf(consumer);
      if (!Set.copyOf(peers).equals(Set.copyOf(consumer.group().peers()))) {
        moved = moved.with(consumer.on(consumer.group().withPeers(peers)));
      }
    }
    return moved;
  }

  // Consumers are only where their stream is.
  private List<String> peersOf(ConsumerAssignment consumer) {
    List<String> on = group.peers();
    int replicas = replicasOf(consumer.config());
    if (replicas >= on.size()) {
      return on;
    }
    List<String> peers = new ArrayList<>(consumer.group().peers());
    peers.retainAll(on);
    on.stream().filter(each -> !peers.contains(each)).forEach(peers::add);
    return peers.subList(0, replicas);
  }

  // replicas of ConsumerConfig in nats-server, but that more than the stream has are refused.
  int replicasOf(ConsumerConfig consumer) {
    if (consumer.replicas() > 0) {
      return (int) consumer.replicas();
    }
    boolean isPassing = !consumer.isDurable() && config.retention() == RetentionPolicy.LIMITS;
    return isPassing ? 1 : group.peers().size();
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
