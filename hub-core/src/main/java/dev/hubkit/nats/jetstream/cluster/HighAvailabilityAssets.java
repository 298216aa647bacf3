package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * How many streams and consumers of several servers each server has, as nats-server counts them for
 * {@code max_ha_assets} and for the balance of streams (countStreamAssets and consumerHAPeers in
 * {@code server/jetstream_cluster.go}). Immutable.
 */
final class HighAvailabilityAssets {
  private final Map<String, Integer> counts = new HashMap<>();

  private HighAvailabilityAssets() {}

  /** Counts what all accounts have. */
  static HighAvailabilityAssets of(Assignments assignments) {
    HighAvailabilityAssets all = new HighAvailabilityAssets();
    for (SortedMap<String, StreamAssignment> streams : assignments.all().values()) {
      streams.values().forEach(all::add);
    }
    return all;
  }

  /** Counts what one stream and its consumers are. */
  static HighAvailabilityAssets of(StreamAssignment stream) {
    HighAvailabilityAssets one = new HighAvailabilityAssets();
    one.add(stream);
    return one;
  }

  private void add(StreamAssignment stream) {
    if (stream.config().replicas() > 1) {
      add(stream.group().peers());
    }
    stream.consumers().values().forEach(consumer -> add(consumerPeers(stream, consumer)));
  }

  private void add(Collection<String> servers) {
    servers.forEach(server -> counts.merge(server, 1, Integer::sum));
  }

  /** Returns the servers on which a consumer counts. */
  static List<String> consumerPeers(StreamAssignment stream, ConsumerAssignment consumer) {
    if (replicas(consumer.config(), stream.config()) <= 1) {
      return List.of();
    }
    return stream.config().retention() == RetentionPolicy.LIMITS
        ? consumer.group().peers()
        : stream.group().peers();
  }

  /** Returns how many a stream and its consumers are on each of the stream's servers, at most. */
  static int cost(StreamConfig stream, Collection<ConsumerConfig> consumers) {
    if (stream.replicas() <= 1) {
      return 0;
    }
    return 1 + (int) consumers.stream().filter(each -> replicas(each, stream) > 1).count();
  }

  // targetReplicas of nats-server.
  private static long replicas(ConsumerConfig consumer, StreamConfig stream) {
    if (stream.retention() != RetentionPolicy.LIMITS) {
      return stream.replicas();
    }
    if (consumer.replicas() > 0) {
      return consumer.replicas();
    }
    return consumer.isDurable() ? stream.replicas() : 1;
  }

  /**
   * Checks that servers may have more (exceedsMaxHAAssets of nats-server).
   *
   * @param leader the server that leads the cluster
   * @param cost how many each of them would get
   * @throws ApiException {@link ApiError#INSUFFICIENT_RESOURCES} if one has too many then
   */
  static void requireRoom(JetStreamPeer leader, List<String> servers, int cost) {
    long most = leader.rules().maxHaAssets();
    if (most > 0 && cost > 0) {
      HighAvailabilityAssets present = of(leader.assignments());
      if (servers.stream().anyMatch(server -> present.on(server) + cost > most)) {
        throw ApiError.INSUFFICIENT_RESOURCES.exception();
      }
    }
  }

  /** Returns how many a server has. */
  int on(String server) {
    return counts.getOrDefault(server, 0);
  }
}
