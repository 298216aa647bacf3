package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.replication.ElectionTimes;
import dev.hubkit.nats.replication.ReplicaGroup;
import dev.hubkit.nats.replication.ServerLinks;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * JetStream of the servers of one cluster in this JVM: how they reach each other, and what they
 * agree upon. What is left of a server while it does not run is kept here, too.
 *
 * <p>Thread-safe.
 */
public final class JetStreamCluster implements AutoCloseable {
  /**
   * How patient replicas are. Elections are quick, since nobody waits for heartbeats; a leader that
   * reaches no majority goes on as long as one of nats-server (lostQuorumInterval in {@code
   * server/raft.go}).
   */
  public static final ElectionTimes ELECTIONS =
      new ElectionTimes(
          Duration.ofMillis(10).toNanos(),
          Duration.ofMillis(50).toNanos(),
          Duration.ofSeconds(10).toNanos());

  private static final String META = "_meta_";
  private static final int MOST_CLAIMED = 1024;
  // orphMax of nats-server: five of the heartbeats that servers of a cluster send each other.
  private static final long MISSED = Duration.ofSeconds(150).toNanos();

  private final String name;
  private final TimeSource time;
  private final long seed;
  private final ServerLinks links = new ServerLinks();
  private final Supervisor supervisor;
  private final ReplicaGroup<MetaCommand, Assignments> meta;
  private final ReplicaGroups groups;
  private final Membership membership = new Membership(this);
  private final Map<String, MetaReplica> replicas = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<String, JetStreamPeer> running =
      new ConcurrentSkipListMap<>();
  private final Map<String, PeerDescription> known = new ConcurrentSkipListMap<>();
  // The last ones; guarded by itself.
  private final Set<String> claimed = new LinkedHashSet<>();
  private final AtomicLong lostChanges = new AtomicLong();
  private final Map<String, End> ended = new ConcurrentHashMap<>();
  private final Map<String, String> ids = new ConcurrentHashMap<>();
  private final Map<StorageType, Long> shared = new ConcurrentHashMap<>();
  private final Map<String, Map<StorageType, Long>> rooms = new ConcurrentHashMap<>();

  /**
   * What others know of a server, also while it does not run.
   *
   * @param tags its {@code server_tags}
   */
  record PeerDescription(String name, List<String> tags) {
    PeerDescription {
      tags = List.copyOf(tags);
    }
  }

  /**
   * Makes the cluster of servers that have not started.
   *
   * @param name the name of the cluster
   * @param servers the names of all servers
   * @param seed of all random choices and times
   */
  public JetStreamCluster(
      String name, SortedSet<String> servers, long seed, ElectionTimes elections, TimeSource time) {
    this.name = name;
    this.time = time;
    this.seed = seed;
    this.supervisor = new Supervisor("cluster " + name);
    this.groups =
        new ReplicaGroups(elections, time, seed, links, supervisor, membership::isRemoved);
    this.meta = new ReplicaGroup<>(META, servers, elections, time, seed, links, supervisor);
    servers.forEach(server -> replicas.put(server, new MetaReplica(server, time)));
  }

  /** Returns the name of the cluster. */
  public String name() {
    return name;
  }

  /** Returns how the servers reach each other. */
  public ServerLinks links() {
    return links;
  }

  /**
   * Returns the part of a server that is about to start.
   *
   * @param tags its {@code server_tags}
   * @param rules what it requires of the servers of a stream when it leads
   * @param clock its clock, which shows another time of the day than others where it is skewed
   */
  public JetStreamPeer join(
      String server, List<String> tags, PlacementRules rules, TimeSource clock) {
    MetaReplica replica = replicas.computeIfAbsent(server, added -> new MetaReplica(server, time));
    known.put(server, new PeerDescription(server, tags));
    return new JetStreamPeer(this, server, replica, rules, clock);
  }

  /** Forgets what a server that has ended knew and had, as when its disk is lost. */
  public void loseDisk(String server) {
    meta.end(server, true);
    MetaReplica replica = replicas.get(server);
    if (replica != null) {
      lostChanges.addAndGet(replica.applied());
      replica.forget();
    }
    groups.loseLogs(server);
  }

  /** Has a server become the first leader of all; which one depends on the seed. */
  public void begin() {
    List<String> servers = List.copyOf(running.keySet());
    meta.elect(servers.get((int) Math.floorMod(seed, (long) servers.size())));
  }

  /** Returns the server that leads all; null while there is none. */
  public @Nullable String leader() {
    return meta.leader();
  }

  /** Returns how many changes servers knew that have lost their disks since. */
  long lostChanges() {
    return lostChanges.get();
  }

  ReplicaGroup<MetaCommand, Assignments> meta() {
    return meta;
  }

  Membership membership() {
    return membership;
  }

  /** Returns the servers that clients have removed and that have not come again. */
  public Set<String> removed() {
    return membership.removed();
  }

  /** Has the servers that were removed come again at once; those that do not run, later. */
  public void readmit() {
    membership.removed().forEach(membership::readmit);
  }

  ReplicaGroups groups() {
    return groups;
  }

  TimeSource time() {
    return time;
  }

  long seed() {
    return seed;
  }

  Supervisor supervisor() {
    return supervisor;
  }

  void started(JetStreamPeer peer) {
    running.put(peer.server(), peer);
    links.started(peer.server());
    membership.started(peer.server());
  }

  void ended(JetStreamPeer peer, boolean inOrder) {
    if (running.remove(peer.server(), peer)) {
      ended.put(peer.server(), new End(time.nanoTime(), inOrder));
      links.ended(peer.server());
    }
  }

  /**
   * Returns whether a server counts as offline for another: one that ended in order says so, one of
   * which nothing is heard is missed after a while (processRemoteServerShutdown and
   * checkRemoteServers of nats-server).
   */
  boolean isOffline(String server, String other) {
    if (links.areLinked(server, other)) {
      return false;
    }
    End end = ended.get(other);
    return end != null && (end.inOrder() || time.nanoTime() - end.since() > MISSED);
  }

  /** Returns for how long a server has not heard of another, in nanoseconds; 0 if it does. */
  long silence(String server, String other) {
    End end = ended.get(other);
    return links.areLinked(server, other) || end == null ? 0 : time.nanoTime() - end.since();
  }

  /** When a server has ended, and whether it could say so. */
  private record End(long since, boolean inOrder) {}

  /** Notes a request that only one server is to answer; returns false if another one has. */
  boolean claims(String request) {
    synchronized (claimed) {
      if (claimed.size() > MOST_CLAIMED) {
        claimed.remove(claimed.iterator().next());
      }
      return claimed.add(request);
    }
  }

  /** Returns whether a server with this id belongs to the cluster. */
  public boolean hasServer(String serverId) {
    return ids.containsValue(serverId);
  }

  void tellId(String server, String id) {
    ids.put(server, id);
  }

  /** Returns how many bytes the streams of a server may take, as it told when it last started. */
  Map<StorageType, Long> roomOf(String server) {
    return rooms.getOrDefault(server, Map.of());
  }

  long sharedRoom(StorageType kind, long found) {
    return shared.computeIfAbsent(kind, first -> found);
  }

  void tellRoom(String server, Map<StorageType, Long> room) {
    rooms.put(server, Map.copyOf(room));
  }

  /** Returns the servers that run, by name. */
  Collection<JetStreamPeer> running() {
    return running.values();
  }

  /** Returns the server of this name; null while it does not run. */
  @Nullable JetStreamPeer running(String server) {
    return running.get(server);
  }

  /** Returns what is known of the members of the cluster, by name. */
  Map<String, PeerDescription> known() {
    Map<String, PeerDescription> members = new TreeMap<>(known);
    members.keySet().retainAll(new TreeSet<>(meta.members()));
    return members;
  }

  /** Ends the agreement; the servers have ended before. Safe to call more than once. */
  @Override
  public void close() {
    groups.close();
    meta.close();
  }
}
