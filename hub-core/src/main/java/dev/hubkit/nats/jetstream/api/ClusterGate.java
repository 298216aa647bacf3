package dev.hubkit.nats.jetstream.api;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.Assignments;
import dev.hubkit.nats.jetstream.cluster.ConsumerAssignment;
import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.jetstream.cluster.MetaLeader;
import dev.hubkit.nats.jetstream.cluster.RaftGroup;
import dev.hubkit.nats.jetstream.cluster.StepDown;
import dev.hubkit.nats.jetstream.cluster.StreamAssignment;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether this server is the one of its cluster that answers a request: each server gets
 * each request. Where none can, some are silent, and some tell so, as in nats-server ({@code
 * server/jetstream_api.go}). Thread-safe.
 */
final class ClusterGate {
  // errRespDelay of nats-server: whoever knows better answers before.
  private static final long DELAY = Duration.ofMillis(500).toNanos();

  /** How long lists wait for servers that do not answer. */
  static final long LIST_PATIENCE = Duration.ofSeconds(4).toNanos();

  private final JetStreamPeer peer;
  private final MetaLeader leader;
  private final PendingRequests pending = new PendingRequests();

  /** Which server answers. */
  enum Answerer {
    /** The one that leads all. */
    META,
    /** The one that leads all proposes a change, and the one that makes it answers. */
    CHANGE,
    /** The one that leads the stream, whose name is at the end of the subject. */
    STREAM,
    /** As {@link #STREAM}, for a request that is also answered while there is no leader of all. */
    STREAM_INFO,
    /** The one that leads the consumer, whose name is at the end of the subject. */
    CONSUMER,
    /**
     * As {@link #CONSUMER}, for a request that is also answered while there is no leader of all.
     */
    CONSUMER_INFO,
    /** The one that leads all; the others are silent, even if there is none. */
    META_ONLY,
    /** As {@link #CHANGE}, but that the others are silent, even if there is no leader of all. */
    META_ONLY_CHANGE,
    /** The handler decides. */
    HANDLER
  }

  ClusterGate(JetStreamPeer peer) {
    this.peer = peer;
    this.leader = new MetaLeader(peer);
    peer.repairBy(leader.relocation());
  }

  JetStreamPeer peer() {
    return peer;
  }

  /** Returns what makes changes on the server that leads all. */
  MetaLeader leader() {
    return leader;
  }

  PendingRequests pending() {
    return pending;
  }

  /**
   * Returns whether a request goes on here. If not, this server is silent, has answered, or will in
   * a moment.
   */
  boolean admits(ApiRequest request, Answerer answerer, WorkBatch batch) {
    return switch (answerer) {
      case META -> admitsLeader(request, batch);
      case META_ONLY -> peer.isMetaLeader();
      case CHANGE -> admitsChange(request, batch);
      case META_ONLY_CHANGE -> {
        pending.arrived(request, batch);
        yield peer.isMetaLeader();
      }
      case STREAM -> admitsStream(request, request.lastToken(), batch);
      case STREAM_INFO -> admitsStreamInfo(request);
      case CONSUMER -> admitsConsumer(request);
      case CONSUMER_INFO -> admitsConsumerInfo(request);
      case HANDLER -> true;
    };
  }

  boolean admitsLeader(ApiRequest request, WorkBatch batch) {
    if (peer.isLeaderless()) {
      throw ApiError.CLUSTER_NOT_AVAIL.exception();
    }
    return peer.isMetaLeader();
  }

  boolean admitsChange(ApiRequest request, WorkBatch batch) {
    boolean leads = admitsLeader(request, batch);
    pending.arrived(request, batch);
    return leads;
  }

  /** Returns whether this server leads the stream and answers; see {@link #admits}. */
  boolean admitsStream(ApiRequest request, String stream, WorkBatch batch) {
    if (peer.isLeaderless()) {
      throw ApiError.CLUSTER_NOT_AVAIL.exception();
    }
    StreamAssignment assigned = stream(request, stream);
    if (assigned == null) {
      if (peer.isMetaLeader()) {
        request.requireJetStream();
        throw ApiError.STREAM_NOT_FOUND.exception();
      }
      return false;
    }
    return leads(requireLeader(assigned.group()));
  }

  // As isGroupLeaderless of nats-server: each server that knows of it answers so.
  private RaftGroup requireLeader(RaftGroup group) {
    if (peer.isLeaderless(group)) {
      throw ApiError.CLUSTER_NOT_AVAIL.exception();
    }
    return group;
  }

  private boolean admitsStreamInfo(ApiRequest request) {
    StreamAssignment assigned = stream(request, request.lastToken());
    if (assigned == null) {
      if (peer.isMetaLeader()) {
        request.requireJetStream();
        throw ApiError.STREAM_NOT_FOUND.exception();
      }
      if (peer.isLeaderless()) {
        request.failLater(ApiError.CLUSTER_NOT_AVAIL.exception(), DELAY);
      }
      return false;
    }
    if (peer.isMetaLeader() && peer.areOffline(assigned.group().peers())) {
      request.failLater(ApiError.STREAM_OFFLINE.exception(), DELAY);
      return false;
    }
    // Without a leader, nats-server tells what the replica has that is asked.
    if (leads(assigned.group()) || peer.isLeaderless(assigned.group())) {
      return true;
    }
    if (peer.isLeaderless()) {
      request.failLater(ApiError.CLUSTER_NOT_AVAIL.exception(), DELAY);
    }
    return false;
  }

  /**
   * Returns whether a request to create a consumer goes on here: one that the leader of its stream
   * makes for itself, or one that the leader of all proposes.
   */
  boolean admitsConsumerCreation(
      ApiRequest request, String stream, ConsumerConfig config, WorkBatch batch) {
    if (proposes(request, stream, config)) {
      return admitsChange(request, batch);
    }
    StreamAssignment assigned = stream(request, stream);
    return assigned != null && leads(assigned.group());
  }

  /** Returns whether the leader of all makes such a consumer, and not that of the stream. */
  boolean proposes(ApiRequest request, String stream, ConsumerConfig config) {
    if (!config.direct()) {
      return true;
    }
    StreamAssignment assigned = stream(request, stream);
    return config.sourcing()
        && assigned != null
        && assigned.config().retention() != RetentionPolicy.LIMITS;
  }

  private boolean admitsConsumer(ApiRequest request) {
    if (peer.isLeaderless()) {
      throw ApiError.CLUSTER_NOT_AVAIL.exception();
    }
    StreamAssignment stream = stream(request, request.tokenFromEnd(2));
    ConsumerAssignment assigned = consumer(request);
    if (stream == null) {
      if (peer.isMetaLeader()) {
        throw ApiError.STREAM_NOT_FOUND.exception();
      }
      return false;
    }
    if (assigned == null) {
      if (peer.isMetaLeader()) {
        throw ApiError.CONSUMER_NOT_FOUND.exception();
      }
      return false;
    }
    return leads(requireLeader(assigned.group()));
  }

  private boolean admitsConsumerInfo(ApiRequest request) {
    ConsumerAssignment assigned = consumer(request);
    if (assigned == null) {
      if (peer.isMetaLeader()) {
        request.requireJetStream();
        throw (stream(request, request.tokenFromEnd(2)) == null
                ? ApiError.STREAM_NOT_FOUND
                : ApiError.CONSUMER_NOT_FOUND)
            .exception();
      }
      if (peer.isLeaderless()) {
        request.failLater(ApiError.CLUSTER_NOT_AVAIL.exception(), DELAY);
      }
      return false;
    }
    if (peer.isMetaLeader() && peer.areOffline(assigned.group().peers())) {
      request.failLater(ApiError.CONSUMER_OFFLINE.exception(), DELAY);
      return false;
    }
    if (leads(requireLeader(assigned.group()))) {
      return true;
    }
    if (peer.isLeaderless()) {
      request.failLater(ApiError.CLUSTER_NOT_AVAIL.exception(), DELAY);
    }
    return false;
  }

  // ---- What steps down.

  /** Returns who leads all; see {@link StepDown}. */
  StepDown meta() {
    return StepDown.meta(peer);
  }

  /** Returns who leads a stream. */
  StepDown streamLeader(ApiRequest request, String name) {
    StreamAssignment assigned = stream(request, name);
    if (assigned == null) {
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
    return StepDown.of(peer, assigned.group());
  }

  /** Returns who leads the consumer that is named at the end of the subject. */
  StepDown consumerLeader(ApiRequest request) {
    ConsumerAssignment assigned = consumer(request);
    if (assigned == null) {
      throw ApiError.CONSUMER_NOT_FOUND.exception();
    }
    return StepDown.of(peer, assigned.group());
  }

  // ---- What lists need.

  /** Returns the JetStream of the account of a request on all servers that are reached. */
  List<AccountJetStream> jetStreams(ApiRequest request) {
    return peer.jetStreams(account(request.account()));
  }

  /** Returns a stream where it leads; null if no server is known to lead it. */
  @Nullable Stream leadingStream(ApiRequest request, String name) {
    StreamAssignment assigned = stream(request, name);
    String leads = assigned == null ? null : peer.leaderOf(assigned.group());
    AccountJetStream there =
        leads == null ? null : peer.jetStreamOn(leads, account(request.account()));
    return there == null ? null : there.stream(name);
  }

  /** Returns the stream where a consumer leads; null if no server is known to lead it. */
  @Nullable Stream streamOfLeading(ApiRequest request, String stream, String consumer) {
    ConsumerAssignment assigned =
        assignments().consumer(account(request.account()), stream, consumer);
    String leads = assigned == null ? null : peer.leaderOf(assigned.group());
    AccountJetStream there =
        leads == null ? null : peer.jetStreamOn(leads, account(request.account()));
    return there == null ? null : there.stream(stream);
  }

  /** Returns a stream none of whose servers runs; null for others. */
  @Nullable StreamAssignment offlineStream(ApiRequest request, String name) {
    StreamAssignment assigned = stream(request, name);
    return assigned != null && peer.areOffline(assigned.group().peers()) ? assigned : null;
  }

  /** Returns a consumer none of whose servers runs; null for others. */
  @Nullable ConsumerAssignment offlineConsumer(ApiRequest request, String stream, String consumer) {
    ConsumerAssignment assigned =
        assignments().consumer(account(request.account()), stream, consumer);
    return assigned != null && peer.areOffline(assigned.group().peers()) ? assigned : null;
  }

  /** Returns the consumers of a stream by name; null if there is no such stream. */
  @Nullable List<String> consumersOf(ApiRequest request, String stream) {
    StreamAssignment assigned = stream(request, stream);
    return assigned == null ? null : List.copyOf(assigned.consumers().keySet());
  }

  private Assignments assignments() {
    return peer.assignments();
  }

  private @Nullable StreamAssignment stream(ApiRequest request, String name) {
    return assignments().stream(account(request.account()), name);
  }

  private @Nullable ConsumerAssignment consumer(ApiRequest request) {
    return assignments()
        .consumer(account(request.account()), request.tokenFromEnd(2), request.lastToken());
  }

  private static String account(ApiAccount account) {
    return account.account().name();
  }

  private boolean leads(RaftGroup group) {
    return peer.server().equals(peer.leaderOf(group));
  }
}
