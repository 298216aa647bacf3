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
import org.jspecify.annotations.Nullable;

/**
 * Which servers are to have a stream. Immutable.
 *
 * @param created when it was created, in nanoseconds since the Unix epoch
 * @param consumers its consumers by name, without those that the leader keeps for itself
 * @param origin what was before a change of its servers that is not complete; null for none
 */
public record StreamAssignment(
    StreamConfig config,
    long created,
    RaftGroup group,
    SortedMap<String, ConsumerAssignment> consumers,
    @Nullable Origin origin) {

  /**
   * What a stream goes back to when a change of its servers is cancelled.
   *
   * @param move whether it goes to other servers, rather than to more or fewer
   * @param since when the change was asked for, in nanoseconds since the Unix epoch
   */
  record Origin(StreamConfig config, List<String> peers, boolean move, long since) {
    Origin {
      peers = List.copyOf(peers);
    }
  }

  public StreamAssignment {
    consumers = Collections.unmodifiableSortedMap(new TreeMap<>(consumers));
  }

  /** Returns the name of the stream. */
  public String name() {
    return config.name();
  }

  /** Returns the same with another configuration, on servers where its consumers follow it. */
  StreamAssignment with(StreamConfig changed, RaftGroup on) {
    return with(changed, on, "");
  }

  /**
   * Does what {@link #with(StreamConfig, RaftGroup)} does.
   *
   * @param lost a server that does not come back; a consumer that only it had begins anew
   */
  StreamAssignment with(StreamConfig changed, RaftGroup on, String lost) {
    StreamAssignment moved = new StreamAssignment(changed, created, on, consumers, origin);
    if (Set.copyOf(on.peers()).equals(Set.copyOf(group.peers()))) {
      return moved;
    }
    for (ConsumerAssignment consumer : consumers.values()) {
      List<String> peers = moved.peersOf(consumer);
      if (!Set.copyOf(peers).equals(Set.copyOf(consumer.group().peers()))) {
        boolean begins = consumer.group().peers().equals(List.of(lost));
        RaftGroup present = consumer.group();
        moved = moved.with(consumer.on(begins ? present.renewed(peers) : present.withPeers(peers)));
      }
    }
    return moved;
  }

  /**
   * Returns the same on its way to other servers, and what it goes back to if that is cancelled.
   *
   * @param now in nanoseconds since the Unix epoch
   */
  StreamAssignment towards(StreamConfig changed, RaftGroup on, boolean move, long now) {
    return with(changed, on)
        .from(origin == null ? new Origin(config, group.peers(), move, now) : origin);
  }

  /** Returns the same with what it goes back to if a change is cancelled; null for nothing. */
  StreamAssignment from(@Nullable Origin present) {
    return new StreamAssignment(config, created, group, consumers, present);
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
    return new StreamAssignment(config, created, group, changed, origin);
  }

  StreamAssignment without(String consumer) {
    TreeMap<String, ConsumerAssignment> changed = new TreeMap<>(consumers);
    changed.remove(consumer);
    return new StreamAssignment(config, created, group, changed, origin);
  }

  /** Returns the configurations of the consumers, by name. */
  public Map<String, ConsumerConfig> consumerConfigs() {
    Map<String, ConsumerConfig> configs = new LinkedHashMap<>();
    consumers.forEach((name, consumer) -> configs.put(name, consumer.config()));
    return configs;
  }
}
