package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.cluster.MetaCommand.AssignConsumer;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.AssignStream;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveConsumer;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveStream;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.ConsumerAction;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.consumer.ConsumerOverlapCheck;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.validation.ConsumerUpdate;
import dev.hubkit.nats.jetstream.validation.ConsumerValidator;
import dev.hubkit.nats.jetstream.validation.InheritedConsumerLimits;
import dev.hubkit.nats.jetstream.validation.SourceValidator;
import dev.hubkit.nats.jetstream.validation.StreamUpdate;
import dev.hubkit.nats.jetstream.validation.StreamValidator;
import dev.hubkit.nats.wire.NameHash;
import dev.hubkit.nats.wire.Nuid;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the server that leads a cluster does about requests to create, change and delete streams and
 * consumers: it checks them against all that the cluster has, chooses servers, and proposes the
 * change to all. The server that is to lead the stream or consumer answers.
 *
 * <p>Each method runs within a change of streams of the account, which ends when {@code settled}
 * runs; it runs once, unless the method throws.
 */
public final class MetaLeader {
  private final JetStreamPeer peer;

  /** Makes the leader's part of a server, which is asked while it leads. */
  public MetaLeader(JetStreamPeer peer) {
    this.peer = peer;
  }

  // ---- Streams.

  /**
   * Creates a stream.
   *
   * @param reply where the answer goes
   * @throws ApiException if the request is refused
   */
  public void create(
      AccountJetStream jetStream,
      StreamConfig wanted,
      boolean pedantic,
      String reply,
      Runnable settled) {
    StreamConfig config = StreamValidator.check(jetStream, wanted, pedantic);
    String account = jetStream.account().name();
    StreamAssignment present = peer.assignments().stream(account, config.name());
    if (present != null) {
      StreamConfig alike =
          config.toBuilder()
              .metadata(
                  AssetVersions.withVersionsOf(config.metadata(), present.config().metadata()))
              .build();
      if (!present.config().equals(alike)) {
        throw ApiError.STREAM_NAME_EXIST.exception();
      }
      peer.propose(new AssignStream(account, present, false, reply), settled);
      return;
    }
    jetStream.checkOverlap(config);
    jetStream.resources().checkNumber(config);
    jetStream.resources().checkAccount(config);
    SourceValidator.checkFilters(config);
    long created = jetStream.time().epochNanos();
    RaftGroup group = group(account, config);
    peer.propose(
        new AssignStream(
            account,
            new StreamAssignment(config, created, group, Collections.emptySortedMap(), null),
            false,
            reply),
        settled);
  }

  private RaftGroup group(String account, StreamConfig config) {
    int replicas = (int) Math.max(1, config.replicas());
    List<String> peers =
        new PeerSelection(peer, config)
            .within(HighAvailabilityAssets.cost(config, List.of()), null)
            .select(replicas);
    String unique = account + ' ' + config.name() + ' ' + peer.changes();
    return RaftGroup.of("S", unique, config.storage(), peers, preferred(peers, unique));
  }

  // A server that runs, chosen by the seed.
  private String preferred(List<String> peers, String unique) {
    List<String> online = peers.stream().filter(peer::isLinkedTo).toList();
    List<String> from = (online.isEmpty() ? peers : online).stream().sorted().toList();
    return from.get(Math.floorMod((peer.cluster().seed() + unique).hashCode(), from.size()));
  }

  /**
   * Changes a stream.
   *
   * @param reply where the answer goes
   * @throws ApiException if the request is refused
   */
  public void update(
      AccountJetStream jetStream,
      StreamConfig wanted,
      boolean pedantic,
      String reply,
      Runnable settled) {
    String account = jetStream.account().name();
    StreamAssignment present = require(account, wanted.name());
    StreamConfig config =
        StreamUpdate.check(
            jetStream,
            present.config(),
            AssetVersions.stamp(wanted),
            pedantic,
            present.consumerConfigs());
    if (peer.areOffline(present.group().peers())) {
      throw ApiError.STREAM_OFFLINE.exception();
    }
    StreamConfig before = present.config();
    boolean moves = config.placement() != null && !config.placement().equals(before.placement());
    boolean scales = config.replicas() != before.replicas();
    Relocation.checkBegins(present, moves, scales || config.retention() != before.retention());
    StreamAssignment changed =
        moves ? moved(present, config) : scaled(jetStream, present, config, scales);
    peer.propose(new AssignStream(account, changed, true, reply), settled);
  }

  private StreamAssignment moved(StreamAssignment present, StreamConfig config) {
    List<String> servers =
        new PeerSelection(peer, config)
            .within(cost(present, config), present)
            .select((int) Math.max(1, config.replicas()));
    return present.towards(config, present.group().withPeers(servers), true, now());
  }

  private long now() {
    return peer.time().epochNanos();
  }

  private static int cost(StreamAssignment present, StreamConfig config) {
    return HighAvailabilityAssets.cost(config, present.consumerConfigs().values());
  }

  private StreamAssignment scaled(
      AccountJetStream jetStream, StreamAssignment present, StreamConfig config, boolean scales) {
    RaftGroup group = present.group();
    int replicas = (int) Math.max(1, config.replicas());
    if (scales && replicas > group.peers().size()) {
      jetStream.resources().checkAccount(config);
      int cost = cost(present, config);
      if (present.config().replicas() <= 1) {
        HighAvailabilityAssets.requireRoom(peer, group.peers(), cost);
      }
      List<String> servers =
          new PeerSelection(peer, config)
              .keeping(group.peers())
              .within(cost, null)
              .select(replicas);
      return present.towards(config, group.withPeers(servers), false, now());
    }
    return scales
        ? present.towards(config, group.withPeers(kept(group, replicas)), false, now())
        : present.with(config, group);
  }

  // The leader stays, and before the others those that run.
  private List<String> kept(RaftGroup group, int replicas) {
    String leader = peer.leaderOf(group);
    List<String> kept = new ArrayList<>(group.peers());
    kept.sort(
        Comparator.comparing((String each) -> !each.equals(leader))
            .thenComparing(each -> !peer.isLinkedTo(each)));
    return kept.subList(0, Math.min(replicas, kept.size()));
  }

  /** Returns what takes streams and consumers to other servers. */
  public Relocation relocation() {
    return new Relocation(peer, this);
  }

  StreamAssignment require(String account, String stream) {
    StreamAssignment present = peer.assignments().stream(account, stream);
    if (present == null) {
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
    return present;
  }

  /**
   * Deletes a stream.
   *
   * @param reply where the answer goes
   * @throws ApiException if there is none of this name
   */
  public void delete(String account, String stream, String reply, Runnable settled) {
    StreamAssignment present = require(account, stream);
    peer.propose(new RemoveStream(account, stream, present.created(), reply), settled);
  }

  // ---- Consumers.

  /** A consumer that a client wants. */
  @FunctionalInterface
  public interface ConsumerWish {
    /**
     * Returns the configuration that is asked for.
     *
     * @param existing returns the configuration of the stream's consumer of a name; null for none
     */
    ConsumerConfig on(StreamConfig stream, Function<String, @Nullable ConsumerConfig> existing);
  }

  /**
   * Creates or changes a consumer.
   *
   * @param reply where the answer goes
   * @throws ApiException if the request is refused
   */
  public void createConsumer(
      AccountJetStream jetStream,
      String stream,
      ConsumerWish wanted,
      ConsumerAction action,
      boolean pedantic,
      String reply,
      Runnable settled) {
    String account = jetStream.account().name();
    StreamAssignment on = require(account, stream);
    InheritedConsumerLimits limits = InheritedConsumerLimits.of(jetStream, on.config());
    ConsumerConfig asked = wanted.on(on.config(), on.consumerConfigs()::get);
    ConsumerConfig config = new ConsumerValidator(on.config(), limits).accept(asked, pedantic);
    ConsumerOverlapCheck others =
        new ConsumerOverlapCheck(jetStream, on::config, on::consumerConfigs);
    String name = config.isDurable() ? config.durable() : config.name();
    ConsumerAssignment present = name.isEmpty() ? null : on.consumers().get(name);
    if (present == null) {
      if (action == ConsumerAction.UPDATE) {
        throw ApiError.CONSUMER_DOES_NOT_EXIST.exception();
      }
      others.checkOverlap(name, config);
      present = assign(account, on, config, name, jetStream.time().epochNanos());
    } else {
      others.checkFilters(name, config.filters());
      present = change(jetStream, present, config, action);
    }
    peer.propose(new AssignConsumer(account, stream, present, reply), settled);
  }

  private ConsumerAssignment assign(
      String account, StreamAssignment on, ConsumerConfig config, String wanted, long created) {
    String name = wanted.isEmpty() ? newName(on) : wanted;
    ConsumerValidator.checkFinalName(config, name);
    String unique = account + ' ' + on.name() + ' ' + name + ' ' + peer.changes();
    ConsumerAssignment made =
        new ConsumerAssignment(name, config, created, consumerGroup(on, config, unique));
    HighAvailabilityAssets.requireRoom(peer, HighAvailabilityAssets.consumerPeers(on, made), 1);
    return made;
  }

  // createGroupForConsumer of nats-server.
  private RaftGroup consumerGroup(StreamAssignment on, ConsumerConfig config, String unique) {
    List<String> peers = on.group().peers();
    int replicas = on.replicasOf(config);
    List<String> online = peers.stream().filter(peer::isLinkedTo).toList();
    if (replicas > peers.size() || online.size() < replicas / 2 + 1) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    List<String> chosen = peers;
    if (replicas < peers.size()) {
      if (online.size() < replicas) {
        throw ApiError.INSUFFICIENT_RESOURCES.exception();
      }
      int from = Math.floorMod((peer.cluster().seed() + unique).hashCode(), online.size());
      List<String> rotated = new ArrayList<>(online.subList(from, online.size()));
      rotated.addAll(online.subList(0, from));
      chosen = rotated.subList(0, replicas);
    }
    return RaftGroup.of(
        "C",
        unique,
        config.memoryStorage() ? StorageType.MEMORY : on.config().storage(),
        chosen,
        preferred(chosen, unique));
  }

  private static String newName(StreamAssignment on) {
    String name = NameHash.of(Nuid.next());
    return on.consumers().containsKey(name) ? newName(on) : name;
  }

  private ConsumerAssignment change(
      AccountJetStream jetStream,
      ConsumerAssignment present,
      ConsumerConfig config,
      ConsumerAction action) {
    ConsumerConfig before = present.config();
    if (action == ConsumerAction.CREATE
        && !AssetVersions.withVersionsOf(config, before).equals(before)) {
      throw ApiError.CONSUMER_ALREADY_EXISTS.exception();
    }
    boolean bound = before.isPush() && jetStream.account().hasInterest(before.deliverSubject());
    new ConsumerUpdate(before, config).check(bound, jetStream.compatibility());
    if (peer.areOffline(present.group().peers())) {
      throw ApiError.CONSUMER_OFFLINE.exception();
    }
    return present.withConfig(config);
  }

  /**
   * Pauses a consumer, or lets it go on; nobody is answered.
   *
   * @param until when it goes on; null for now
   * @throws ApiException if there is none of this name
   */
  public void pauseConsumer(
      String account,
      String stream,
      String consumer,
      @Nullable OffsetDateTime until,
      Runnable settled) {
    ConsumerAssignment present = requireConsumer(account, stream, consumer);
    ConsumerConfig paused =
        AssetVersions.stamp(present.config().toBuilder().pauseUntil(until).build());
    peer.propose(new AssignConsumer(account, stream, present.withConfig(paused), ""), settled);
  }

  ConsumerAssignment requireConsumer(String account, String stream, String consumer) {
    ConsumerAssignment present = require(account, stream).consumers().get(consumer);
    if (present == null) {
      throw ApiError.CONSUMER_NOT_FOUND.exception();
    }
    return present;
  }

  /**
   * Deletes a consumer.
   *
   * @param reply where the answer goes
   * @throws ApiException if there is none of this name
   */
  public void deleteConsumer(
      String account, String stream, String consumer, String reply, Runnable settled) {
    ConsumerAssignment present = requireConsumer(account, stream, consumer);
    peer.propose(new RemoveConsumer(account, stream, consumer, present.created(), reply), settled);
  }
}
