package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.AssignConsumer;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.AssignStream;
import dev.hubkit.nats.jetstream.cluster.StreamAssignment.Origin;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamConfig.Placement;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.wire.NameHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the server that leads a cluster does about requests that take streams and consumers to other
 * servers, by the rules of nats-server ({@code server/jetstream_api.go} and {@code
 * server/jetstream_cluster.go}). As {@link MetaLeader}, but that a method without {@code settled}
 * begins changes of streams itself.
 */
public final class Relocation implements ClusterRepair {
  private final JetStreamPeer peer;
  private final MetaLeader leader;

  Relocation(JetStreamPeer peer, MetaLeader leader) {
    this.peer = peer;
    this.leader = leader;
  }

  /**
   * Checks that a change of a stream may begin, which may be under way to other servers.
   *
   * @param moves whether it would go to other servers
   * @param scales whether it would have more or fewer, or other consumers on them
   * @throws ApiException if it may not
   */
  static void checkBegins(StreamAssignment present, boolean moves, boolean scales) {
    if (moves && scales) {
      throw ApiError.STREAM_MOVE_AND_SCALE.exception();
    }
    Origin origin = present.origin();
    if (origin != null && (moves || scales)) {
      if (origin.move()) {
        throw ApiError.STREAM_MOVE_IN_PROGRESS.exception();
      }
      if (moves) {
        throw ApiError.STREAM_RECONFIGURE_IN_PROGRESS.exception();
      }
    }
  }

  // ---- Servers lose streams and consumers.

  /**
   * Takes a stream from a server; another one takes its place. Nobody is answered.
   *
   * @param server its name, or its id as a peer
   * @throws ApiException if it has not the stream, or there is none to take its place
   */
  public void removePeer(String account, String stream, String server, Runnable settled) {
    StreamAssignment present = leader.require(account, stream);
    String removed = member(present.group(), server);
    List<String> peers = without(present, removed);
    if (peers.size() < present.config().replicas()) {
      throw ApiError.PEER_REMAP.exception();
    }
    peer.propose(new AssignStream(account, on(present, peers), false, ""), settled);
  }

  private static StreamAssignment on(StreamAssignment present, List<String> peers) {
    return present.with(present.config(), present.group().withPeers(peers));
  }

  private static String member(RaftGroup group, String server) {
    return group.peers().stream()
        .filter(each -> each.equals(server) || NameHash.of(each).equals(server))
        .findFirst()
        .orElseThrow(ApiError.CLUSTER_PEER_NOT_MEMBER::exception);
  }

  // The servers of a stream without one, with another one for it where there is any.
  private List<String> without(StreamAssignment present, String removed) {
    List<String> rest = new ArrayList<>(present.group().peers());
    rest.remove(removed);
    return grown(present, rest, Set.of(removed));
  }

  // As in nats-server, a repair does not mind max_ha_assets.
  private List<String> grown(StreamAssignment present, List<String> kept, Set<String> ignored) {
    try {
      return new PeerSelection(peer, present.config())
          .keeping(kept)
          .without(ignored)
          .select(kept.size() + 1);
    } catch (ApiException none) {
      return kept;
    }
  }

  /**
   * Takes a consumer from a server; another one that has the stream takes its place. Nobody is
   * answered.
   *
   * @param server its name, or its id as a peer
   * @throws ApiException if it has not the consumer, or there is none to take its place
   */
  public void removeConsumerPeer(
      String account, String stream, String consumer, String server, Runnable settled) {
    StreamAssignment on = leader.require(account, stream);
    ConsumerAssignment present = leader.requireConsumer(account, stream, consumer);
    String removed = member(present.group(), server);
    List<String> peers = new ArrayList<>(present.group().peers());
    peers.remove(removed);
    List<String> possible =
        on.group().peers().stream()
            .filter(each -> !each.equals(removed) && !peers.contains(each))
            .toList();
    List<String> online = possible.stream().filter(each -> !peer.isOffline(each)).toList();
    List<String> from = online.isEmpty() ? possible : online;
    if (!from.isEmpty()) {
      String chance = account + ' ' + stream + ' ' + consumer + ' ' + peer.changes();
      peers.add(from.get(Math.floorMod((peer.cluster().seed() + chance).hashCode(), from.size())));
    }
    long replicas =
        on.config().retention() == RetentionPolicy.LIMITS
            ? on.replicasOf(present.config())
            : on.config().replicas();
    if (peers.size() < replicas || on.group().peers().size() < 2) {
      throw ApiError.PEER_REMAP.exception();
    }
    ConsumerAssignment changed = present.on(present.group().withPeers(peers));
    peer.propose(new AssignConsumer(account, stream, changed, ""), settled);
  }

  // ---- Streams move.

  /**
   * Takes a stream from one of its servers to another one. The server that leads it answers.
   *
   * @param server which one it leaves; empty for the first one
   * @param tags that the other one has, beside those of the stream's placement
   * @param reply where the answer goes
   * @throws ApiException if that server has not the stream, or there is no other
   */
  public void move(
      String account,
      String stream,
      String server,
      String clusterName,
      List<String> tags,
      String reply,
      Runnable settled) {
    StreamAssignment present = leader.require(account, stream);
    StreamConfig config = present.config();
    List<String> current = new ArrayList<>(present.group().peers());
    if (!server.isEmpty()) {
      boolean here = clusterName.isEmpty() || clusterName.equals(peer.cluster().name());
      if (!here || !peer.cluster().meta().members().contains(server)) {
        throw ApiError.CLUSTER_SERVER_NOT_MEMBER.exception();
      }
      if (!current.remove(server)) {
        throw ApiError.CLUSTER_PEER_NOT_MEMBER.exception();
      }
      current.add(0, server);
    }
    int replicas = (int) Math.max(1, config.replicas());
    List<String> servers =
        new PeerSelection(
                peer, config.toBuilder().placement(with(config.placement(), tags)).build())
            .keeping(current, 1)
            .within(HighAvailabilityAssets.cost(config, present.consumerConfigs().values()), null)
            .select(replicas + 1);
    checkBegins(present, true, false);
    List<String> last = servers.subList(servers.size() - replicas, servers.size());
    StreamAssignment changed =
        present.towards(config, present.group().withPeers(last), true, peer.time().epochNanos());
    peer.propose(new AssignStream(account, changed, true, reply), settled);
  }

  private static @Nullable Placement with(@Nullable Placement placement, List<String> tags) {
    if (tags.isEmpty()) {
      return placement;
    }
    List<String> all = new ArrayList<>(placement == null ? List.of() : placement.tags());
    all.addAll(tags);
    return placement == null
        ? new Placement("", all, "")
        : new Placement(placement.cluster(), all, placement.preferred());
  }

  /**
   * Takes a stream back to the servers and the number of replicas that it had before a change that
   * is under way. The server that leads it answers.
   *
   * @param reply where the answer goes
   * @throws ApiException {@link ApiError#STREAM_RECONFIGURE_NOT_IN_PROGRESS} if none is
   */
  public void cancel(String account, String stream, String reply, Runnable settled) {
    StreamAssignment present = leader.require(account, stream);
    Origin origin = present.origin();
    if (origin == null) {
      throw ApiError.STREAM_RECONFIGURE_NOT_IN_PROGRESS.exception();
    }
    StreamConfig config =
        present.config().toBuilder()
            .replicas(origin.config().replicas())
            .placement(origin.config().placement())
            .retention(origin.config().retention())
            .build();
    StreamAssignment back = present.with(config, present.group().withPeers(origin.peers()));
    peer.propose(new AssignStream(account, back, true, reply), settled);
  }

  // ---- Servers lose everything.

  /**
   * Takes all streams and consumers from a server, as far as others can have them.
   *
   * @param server its name
   */
  public void evacuate(String server) {
    onAllStreams(
        "",
        present -> {
          List<String> peers = remaining(present, server);
          return peers.isEmpty() ? present : on(present, peers);
        });
  }

  @Override
  public void replace(String server) {
    onAllStreams(
        server,
        present -> {
          List<String> peers = remaining(present, server);
          if (peers.isEmpty()) {
            return present;
          }
          RaftGroup group = present.group();
          return group.peers().equals(List.of(server))
              ? present.with(present.config(), group.renewed(peers), server)
              : on(present, peers);
        });
  }

  private List<String> remaining(StreamAssignment present, String server) {
    return present.group().has(server) ? without(present, server) : present.group().peers();
  }

  @Override
  public void fill(String server) {
    onAllStreams(
        "",
        present -> {
          List<String> peers = present.group().peers();
          if (peers.size() >= present.config().replicas() || peers.contains(server)) {
            return present;
          }
          Set<String> others = new TreeSet<>(peer.cluster().known().keySet());
          others.remove(server);
          return on(present, grown(present, peers, others));
        });
  }

  private void onAllStreams(String lost, UnaryOperator<StreamAssignment> change) {
    for (Map.Entry<String, SortedMap<String, StreamAssignment>> each :
        peer.assignments().all().entrySet()) {
      String account = each.getKey();
      AccountJetStream jetStream = peer.jetStreamOn(peer.server(), account);
      if (jetStream != null) {
        WorkBatch batch = new WorkBatch();
        jetStream.mutate(
            (taskBatch, done) -> {
              for (StreamAssignment present : peer.assignments().streams(account).values()) {
                StreamAssignment changed = change.apply(present);
                if (!changed.equals(present)) {
                  peer.propose(new AssignStream(account, changed, false, "", lost), () -> {});
                }
              }
              done.run(taskBatch);
            },
            batch);
        jetStream.workers().execute(batch::flush);
      }
    }
  }

  // ---- Servers leave.

  /**
   * Removes a server from the cluster; its JetStream ends where it runs.
   *
   * @param server its name
   * @param done runs when it was removed
   * @throws ApiException {@link ApiError#CLUSTER_SERVER_MEMBER_CHANGE_INFLIGHT} if another one is
   *     leaving, {@link ApiError#RAFT_GENERAL} if it is the last one
   */
  public void removeServer(String server, Runnable done) {
    if (peer.cluster().meta().members().size() == 1) {
      throw ApiError.RAFT_GENERAL.exception("raft: cannot remove the last peer");
    }
    if (!peer.cluster().membership().remove(peer, server, done)) {
      throw ApiError.CLUSTER_SERVER_MEMBER_CHANGE_INFLIGHT.exception();
    }
  }

  /**
   * Returns the name of a member of the cluster.
   *
   * @param name how it is called
   * @param id its id as a peer, which counts if it is not empty
   * @throws ApiException {@link ApiError#CLUSTER_SERVER_NOT_MEMBER} if there is none
   */
  public String server(String name, String id) {
    return peer.cluster().meta().members().stream()
        .filter(each -> id.isEmpty() ? each.equals(name) : NameHash.of(each).equals(id))
        .findFirst()
        .orElseThrow(ApiError.CLUSTER_SERVER_NOT_MEMBER::exception);
  }
}
