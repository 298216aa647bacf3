package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.config.StreamConfig.Placement;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Has another server of a group lead, on the server that leads it now. The choice and the errors
 * are those of nats-server (getStepDownPreferredPlacement in {@code server/jetstream_api.go}).
 */
public final class StepDown {
  private final JetStreamPeer peer;
  private final @Nullable RaftGroup raft;

  private StepDown(JetStreamPeer peer, @Nullable RaftGroup raft) {
    this.peer = peer;
    this.raft = raft;
  }

  /** Returns the group of all servers. */
  public static StepDown meta(JetStreamPeer peer) {
    return new StepDown(peer, null);
  }

  /** Returns the group of a stream or a consumer. */
  public static StepDown of(JetStreamPeer peer, RaftGroup raft) {
    return new StepDown(peer, raft);
  }

  /**
   * Returns whether this server is the first one to take a request: each one gets it, and the one
   * that is asked to lead may get it when it leads already.
   *
   * @param request distinguishes it from others
   */
  public boolean claims(String request) {
    return peer.cluster().claims(request);
  }

  private List<String> members() {
    return raft == null ? List.copyOf(peer.cluster().meta().members()) : raft.peers();
  }

  /**
   * Returns the server that a placement asks for; null for any.
   *
   * @throws ApiException {@link ApiError#CLUSTER_NO_PEERS} if there is none
   */
  public @Nullable String successor(@Nullable Placement placement) {
    if (placement == null || members().size() == 1) {
      return null;
    }
    String preferred = placement.preferred();
    if (!preferred.isEmpty()) {
      if (preferred.equals(peer.server())) {
        throw refused("preferred server \"" + preferred + "\" is already leader");
      }
      if (!members().contains(preferred)) {
        throw refused("preferred server \"" + preferred + "\" not known");
      }
      return preferred;
    }
    List<String> possible = new ArrayList<>();
    for (String each : members()) {
      if (!each.equals(peer.server()) && peer.isLinkedTo(each) && fits(each, placement)) {
        possible.add(each);
      }
    }
    if (possible.isEmpty()) {
      throw refused("no replacement peer connected");
    }
    return possible.get((int) Math.floorMod(peer.cluster().seed(), (long) possible.size()));
  }

  private boolean fits(String server, Placement placement) {
    boolean here =
        placement.cluster().isEmpty() || placement.cluster().equals(peer.cluster().name());
    Map<String, JetStreamCluster.PeerDescription> known = new TreeMap<>(peer.cluster().known());
    JetStreamCluster.PeerDescription description = known.get(server);
    return here && description != null && description.tags().containsAll(placement.tags());
  }

  private static ApiException refused(String why) {
    return ApiError.CLUSTER_NO_PEERS.exception(why);
  }

  /** Steps down; another server is asked to lead, or elected. */
  public void stepDown(@Nullable String to) {
    RaftGroup group = raft;
    if (group == null) {
      peer.cluster().meta().stepDown(to);
    } else if (group.peers().size() > 1) {
      peer.cluster().groups().stepDown(group, peer.server(), to);
    }
  }
}
