package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.cluster.JetStreamCluster.PeerDescription;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

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
  private final HighAvailabilityAssets assets;
  private final String uniqueTag;
  private final Set<String> uniqueTags = new HashSet<>();
  private final Set<String> missingTags = new TreeSet<>();
  private final Set<String> excludedTags = new TreeSet<>();
  private boolean offline;
  private boolean excluded;
  private boolean noStorage;
  private boolean notUnique;
  private boolean miscellaneous;
  private List<String> existing = List.of();
  private Set<String> ignored = Set.of();
  private int haCost;
  private @Nullable HighAvailabilityAssets counted;

  private static final int READY = 0;
  private static final int BEHIND = 1;
  private static final int OFFLINE = 2;

  /** A server that can have the stream. */
  private record Candidate(String name, int rank, long available, int replicated, int all) {}

  PeerSelection(JetStreamPeer leader, StreamConfig config) {
    this.leader = leader;
    this.config = config;
    this.assets = HighAvailabilityAssets.of(leader.assignments());
    String prefix = leader.rules().uniqueTag();
    StreamConfig.Placement placement = config.placement();
    // As in nats-server, whoever asks for such a tag does not want different ones.
    boolean asked =
        placement != null
            && placement.tags().stream().anyMatch(tag -> plain(tag).startsWith(prefix));
    this.uniqueTag = asked ? "" : prefix;
  }

  private static String plain(String tag) {
    return tag.startsWith("!") ? tag.substring(1) : tag;
  }

  /** Keeps servers that have the stream already; the selection begins with them. */
  PeerSelection keeping(List<String> present) {
    return keeping(present, 0);
  }

  /**
   * Keeps servers that have the stream already.
   *
   * @param leaving how many of the first ones go later, so that their tags do not count
   */
  PeerSelection keeping(List<String> present, int leaving) {
    existing = List.copyOf(present);
    for (String server : existing.subList(Math.min(leaving, existing.size()), existing.size())) {
      PeerDescription description = leader.cluster().known().get(server);
      if (description != null && !uniqueTag.isEmpty()) {
        claimUniqueTag(description);
      }
    }
    return this;
  }

  /** Leaves out servers. */
  PeerSelection without(Collection<String> servers) {
    ignored = Set.copyOf(servers);
    return this;
  }

  /**
   * Has servers take no more than {@code max_ha_assets}.
   *
   * @param cost how much each server gets
   * @param present what is counted already and does not come on top
   */
  PeerSelection within(int cost, @Nullable StreamAssignment present) {
    haCost = cost;
    counted = present == null ? null : HighAvailabilityAssets.of(present);
    return this;
  }

  /**
   * Returns the servers for a stream, those that have it already first.
   *
   * @param replicas how many servers are wanted
   * @throws ApiException {@link ApiError#CLUSTER_NO_PEERS} if there are too few
   */
  List<String> select(int replicas) {
    if (existing.size() >= replicas) {
      return existing.subList(0, replicas);
    }
    JetStreamCluster cluster = leader.cluster();
    StreamConfig.Placement placement = config.placement();
    String wanted = placement == null ? "" : placement.cluster();
    List<Candidate> candidates = new ArrayList<>();
    if (wanted.isEmpty() || wanted.equals(cluster.name())) {
      for (PeerDescription each : shuffled(cluster.known().values())) {
        if (!existing.contains(each.name()) && !ignored.contains(each.name()) && matches(each)) {
          consider(each, candidates);
        }
      }
    }
    long online =
        candidates.stream().filter(each -> each.rank() < OFFLINE).count() + existing.size();
    int missing = replicas - existing.size();
    if (candidates.size() < missing || online < replicas / 2 + 1) {
      offline |= candidates.size() >= missing;
      throw ApiError.CLUSTER_NO_PEERS.exception(reason());
    }
    candidates.sort(order());
    List<String> selected = new ArrayList<>(existing);
    candidates.stream().limit(missing).map(Candidate::name).forEach(selected::add);
    return selected;
  }

  // Of several servers with the same tag, the seed decides which one is considered.
  private List<PeerDescription> shuffled(Collection<PeerDescription> servers) {
    return servers.stream()
        .sorted(Comparator.comparingInt((PeerDescription each) -> chance(each.name())))
        .toList();
  }

  private int chance(String server) {
    return (leader.cluster().seed() + config.name() + server).hashCode();
  }

  // Returns whether no other server has the tag that has to be different, and this one has one.
  private boolean claimUniqueTag(PeerDescription server) {
    for (String tag : server.tags()) {
      if (tag.startsWith(uniqueTag)) {
        return uniqueTags.add(tag);
      }
    }
    return false;
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
      String plain = plain(tag);
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
    long reserved = 0;
    for (SortedMap<String, StreamAssignment> streams : leader.assignments().all().values()) {
      for (StreamAssignment stream : streams.values()) {
        if (stream.group().has(server.name())) {
          all++;
          reserved += reserved(stream.config());
        }
      }
    }
    long available = Math.max(0, room(server.name()) - reserved);
    if (config.maxBytes() > 0 && config.maxBytes() > available) {
      noStorage = true;
      return;
    }
    int replicated = assets.on(server.name());
    long most = leader.rules().maxHaAssets();
    int again = counted == null ? 0 : counted.on(server.name());
    if (most > 0 && haCost > 0 && replicated - again + haCost > most) {
      miscellaneous = true;
      return;
    }
    if (!uniqueTag.isEmpty() && !claimUniqueTag(server)) {
      notUnique = true;
      return;
    }
    // One that was killed is not missed at once.
    int linked = leader.isLinkedTo(server.name()) ? READY : BEHIND;
    int rank = leader.isOffline(server.name()) ? OFFLINE : linked;
    candidates.add(new Candidate(server.name(), rank, available, replicated, all));
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
    Comparator<Candidate> order = Comparator.comparingInt(Candidate::rank);
    if (config.replicas() > 1) {
      order = order.thenComparingInt(Candidate::replicated);
    }
    return order
        .thenComparing(Comparator.comparingLong(Candidate::available).reversed())
        .thenComparingInt(Candidate::all)
        .thenComparingInt(candidate -> chance(candidate.name()));
  }

  // selectPeerError of nats-server.
  private String reason() {
    StringBuilder text = new StringBuilder("no suitable peers for placement");
    text.append(offline ? ", peer offline" : "")
        .append(excluded ? ", exclude tag set" : "")
        .append(noStorage ? ", insufficient storage" : "")
        .append(notUnique ? ", server tag not unique" : "")
        .append(miscellaneous ? ", miscellaneous issue" : "");
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
