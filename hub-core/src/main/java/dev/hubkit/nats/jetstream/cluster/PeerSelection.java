package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.cluster.JetStreamCluster.PeerDescription;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Chooses the servers for a stream, by the rules of nats-server (selectPeerGroup in {@code
 * server/jetstream_cluster.go}): those that run, are in the cluster that the placement names, have
 * the tags that it names, and have room; those that have fewer streams first.
 */
final class PeerSelection {
  // jsExcludePlacement of nats-server.
  private static final String EXCLUDE = "!jetstream";

  private final JetStreamPeer leader;
  private final StreamConfig config;
  private final Set<String> existing;
  private final Set<String> missingTags = new TreeSet<>();
  private final Set<String> excludedTags = new TreeSet<>();
  private boolean offline;
  private boolean excluded;
  private boolean noStorage;

  /** A server that can have the stream. */
  private record Candidate(String name, boolean online, long available, int replicated, int all) {}

  private PeerSelection(JetStreamPeer leader, StreamConfig config, Collection<String> existing) {
    this.leader = leader;
    this.config = config;
    this.existing = Set.copyOf(existing);
  }

  /**
   * Returns the servers for a stream, those that have it already first.
   *
   * @param leader the server that leads the cluster
   * @param replicas how many servers are wanted
   * @param existing the servers that have it already and keep it
   * @throws ApiException {@link ApiError#CLUSTER_NO_PEERS} if there are too few
   */
  static List<String> of(
      JetStreamPeer leader, StreamConfig config, int replicas, List<String> existing) {
    return of(leader, config, replicas, existing, "");
  }

  /**
   * Does what {@link #of(JetStreamPeer, StreamConfig, int, List)} does, without one server.
   *
   * @param ignored its name; empty for none
   */
  static List<String> of(
      JetStreamPeer leader,
      StreamConfig config,
      int replicas,
      List<String> existing,
      String ignored) {
    return new PeerSelection(leader, config, existing).select(replicas, existing, ignored);
  }

  private List<String> select(int replicas, List<String> present, String ignored) {
    JetStreamCluster cluster = leader.cluster();
    StreamConfig.Placement placement = config.placement();
    String wanted = placement == null ? "" : placement.cluster();
    List<Candidate> candidates = new ArrayList<>();
    if (wanted.isEmpty() || wanted.equals(cluster.name())) {
      for (PeerDescription each : cluster.known().values()) {
        if (!existing.contains(each.name()) && !each.name().equals(ignored) && matches(each)) {
          consider(each, candidates);
        }
      }
    }
    long online = candidates.stream().filter(Candidate::online).count() + present.size();
    int missing = replicas - present.size();
    if (candidates.size() < missing || online < replicas / 2 + 1) {
      offline |= candidates.size() >= missing;
      throw ApiError.CLUSTER_NO_PEERS.exception(reason());
    }
    candidates.sort(order());
    List<String> selected = new ArrayList<>(present);
    candidates.stream().limit(missing).map(Candidate::name).forEach(selected::add);
    return selected;
  }

  private boolean matches(PeerDescription server) {
    if (server.tags().contains(EXCLUDE)) {
      excluded = true;
      return false;
    }
    StreamConfig.Placement placement = config.placement();
    if (placement == null) {
      return true;
    }
    for (String tag : placement.tags()) {
      boolean negated = tag.startsWith("!");
      String plain = negated ? tag.substring(1) : tag;
      boolean has = server.tags().stream().anyMatch(plain::equalsIgnoreCase);
      if (negated && has) {
        excludedTags.add(plain);
        return false;
      }
      if (!negated && !has) {
        missingTags.add(plain);
        return false;
      }
    }
    return true;
  }

  private void consider(PeerDescription server, List<Candidate> candidates) {
    int all = 0;
    int replicated = 0;
    long reserved = 0;
    for (SortedMap<String, StreamAssignment> streams : leader.assignments().all().values()) {
      for (StreamAssignment stream : streams.values()) {
        if (stream.group().has(server.name())) {
          all++;
          replicated += stream.config().replicas() > 1 ? 1 : 0;
          reserved += reserved(stream.config());
        }
      }
    }
    long available = Math.max(0, room(server.name()) - reserved);
    if (config.maxBytes() > 0 && config.maxBytes() > available) {
      noStorage = true;
      return;
    }
    boolean online = leader.isLinkedTo(server.name());
    candidates.add(new Candidate(server.name(), online, available, replicated, all));
  }

  private long reserved(StreamConfig other) {
    return other.storage() == config.storage() ? Math.max(0, other.maxBytes()) : 0;
  }

  private long room(String server) {
    Map<StorageType, Long> room = leader.cluster().roomOf(server);
    return room.getOrDefault(config.storage(), 0L);
  }

  // Servers that have as much room are told apart by what they have, and then by the seed.
  private Comparator<Candidate> order() {
    Map<String, Integer> shuffled = new TreeMap<>();
    leader
        .cluster()
        .known()
        .keySet()
        .forEach(
            name ->
                shuffled.put(name, (leader.cluster().seed() + config.name() + name).hashCode()));
    Comparator<Candidate> order = Comparator.comparing(candidate -> !candidate.online());
    if (config.replicas() > 1) {
      order = order.thenComparingInt(Candidate::replicated);
    }
    return order
        .thenComparing(Comparator.comparingLong(Candidate::available).reversed())
        .thenComparingInt(Candidate::all)
        .thenComparing(candidate -> shuffled.getOrDefault(candidate.name(), 0));
  }

  // selectPeerError of nats-server.
  private String reason() {
    StringBuilder text = new StringBuilder("no suitable peers for placement");
    text.append(offline ? ", peer offline" : "")
        .append(excluded ? ", exclude tag set" : "")
        .append(noStorage ? ", insufficient storage" : "");
    append(text, "tags not matched", missingTags);
    append(text, "tags excluded", excludedTags);
    return text.toString();
  }

  private static void append(StringBuilder text, String what, Set<String> tags) {
    if (!tags.isEmpty()) {
      text.append(", ").append(what).append(" ['").append(String.join("', '", tags)).append("']");
    }
  }
}
