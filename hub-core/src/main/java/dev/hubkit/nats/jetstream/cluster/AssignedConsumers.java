package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.AssignedStreams.Failure;
import dev.hubkit.nats.jetstream.cluster.AssignedStreams.Success;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveConsumer;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.consumer.ConsumerCommand;
import dev.hubkit.nats.jetstream.consumer.ConsumerInfo;
import dev.hubkit.nats.jetstream.consumer.ConsumerReplica;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.replication.ReplicaGroup;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes, changes and deletes the consumers that an account is to have on a server, and starts and
 * ends their replicas. Its methods are called on the account's executor, within a change of
 * streams, except for what says otherwise.
 */
final class AssignedConsumers {
  private static final Log log = Log.of(AssignedConsumers.class);

  private final LocalPeer peer;
  private final String account;
  private final OpenReplies replies;
  // The consumers that have replicas here, by the names of their groups.
  private final Map<String, Attached> attached = new ConcurrentHashMap<>();
  private volatile boolean ended;

  private record Attached(Consumer consumer, ConsumerAssignment assigned) {}

  AssignedConsumers(LocalPeer peer, String account) {
    this.peer = peer;
    this.account = account;
    this.replies = new OpenReplies(peer.time(), peer.groups()::announces);
  }

  /** Has a consumer as it is assigned, and answers the request for it where it leads. */
  void place(
      AccountJetStream jetStream,
      String streamName,
      ConsumerAssignment assigned,
      String reply,
      SerialExecutor.Task done,
      WorkBatch batch) {
    Stream stream = jetStream.stream(streamName);
    if (stream == null) {
      done.run(batch);
      return;
    }
    SerialExecutor.Task work = taskBatch -> placeNow(stream, assigned, reply, taskBatch);
    stream.executor().submit(work.andFinally(done), batch);
  }

  private void placeNow(Stream stream, ConsumerAssignment assigned, String reply, WorkBatch batch) {
    if (stream.isClosed()) {
      return;
    }
    stream.commitPending(batch);
    Consumer existing = stream.consumers().get(assigned.name());
    boolean isSame = existing != null && existing.created() == assigned.created();
    if (existing != null && isSame && !assigned.group().has(peer.server())) {
      leave(stream, existing, assigned);
      return;
    }
    if (existing != null && !isSame) {
      detach(assigned.group());
      stream.consumers().delete(existing, batch);
    }
    boolean belongs = assigned.group().has(peer.server());
    if (!belongs && !peer.groups().countsOn(assigned.group(), peer.server())) {
      return;
    }
    try {
      Consumer consumer;
      if (existing != null && isSame) {
        consumer = existing;
        if (!hasConfig(consumer, assigned)) {
          stream.consumers().reassign(consumer, assigned.config(), batch);
        }
      } else {
        consumer =
            stream
                .consumers()
                .assign(assigned.config(), assigned.name(), assigned.created(), batch);
        // What this server has told others of it before, if anything, was on a disk that is lost.
        peer.groups().end(assigned.group(), peer.server(), true);
      }
      replies.open(assigned.group().name(), reply, !isSame, isSame);
      attach(stream, consumer, assigned);
      if (!belongs) {
        // It has lost its disk. Without it there may be no majority to let it go.
        leave(stream, consumer, assigned);
        return;
      }
      membership(stream.name(), assigned).reconcile();
      if (consumer.isServing()) {
        answer(stream, consumer, assigned, batch);
      }
    } catch (ApiException e) {
      refuse(stream, assigned, reply, e, batch);
    }
  }

  private void leave(Stream stream, Consumer consumer, ConsumerAssignment assigned) {
    attach(stream, consumer, assigned);
    membership(stream.name(), assigned)
        .leave(
            assigned.group(),
            () -> true,
            () -> stream.executor().execute(b -> discardAway(stream, consumer, assigned, b)));
  }

  // Its replica has ended. It may have become one that this server is to have again meanwhile.
  private void discardAway(
      Stream stream, Consumer consumer, ConsumerAssignment assigned, WorkBatch batch) {
    if (stream.isClosed() || !consumer.equals(stream.consumers().get(assigned.name()))) {
      return;
    }
    detach(assigned.group());
    stream.consumers().delete(consumer, batch);
    ConsumerAssignment now = present(stream.name(), assigned);
    if (!peer.hasEnded() && now != null && now.group().has(peer.server())) {
      placeNow(stream, now, "", batch);
    }
  }

  // Returns how a consumer is assigned now; null if it is no more.
  private @Nullable ConsumerAssignment present(String stream, ConsumerAssignment assigned) {
    ConsumerAssignment now = peer.assignments().consumer(account, stream, assigned.name());
    return now != null && now.created() == assigned.created() ? now : null;
  }

  private GroupMembership membership(String stream, ConsumerAssignment assigned) {
    return new GroupMembership(
        peer,
        () -> {
          ConsumerAssignment now = present(stream, assigned);
          return now == null ? null : now.group();
        },
        raft -> {});
  }

  // A consumer fills in its inactive threshold itself.
  private static boolean hasConfig(Consumer consumer, ConsumerAssignment assigned) {
    return !assigned.config().sourcing()
        && (assigned.config().inactiveThreshold() == 0
                ? consumer.config().toBuilder().inactiveThreshold(0).build()
                : consumer.config())
            .equals(assigned.config());
  }

  private void refuse(
      Stream stream, ConsumerAssignment assigned, String reply, ApiException e, WorkBatch batch) {
    log.error(
        "Consumer '{} > {} > {}' can't be made here", account, stream.name(), assigned.name(), e);
    peer.answer(account, reply, new Failure(stream.executor(), e), batch);
    if (stream.consumers().get(assigned.name()) == null) {
      peer.ask(new RemoveConsumer(account, stream.name(), assigned.name(), assigned.created(), ""));
    }
  }

  private void attach(Stream stream, Consumer consumer, ConsumerAssignment assigned) {
    RaftGroup raft = assigned.group();
    Attached present = attached.get(raft.name());
    if (ended || (present != null && present.consumer().equals(consumer))) {
      return;
    }
    Attached made = new Attached(consumer, assigned);
    attached.put(raft.name(), made);
    ReplicaGroup<ConsumerCommand, ConsumerSnapshot> group = peer.groups().consumer(raft);
    group.start(
        peer.server(),
        new ConsumerReplica(consumer, group, peer.server(), new Fate(stream, assigned)));
    if (ended) {
      end(made); // meanwhile
      return;
    }
    peer.groups().begin(raft, peer.server());
  }

  private void answer(
      Stream stream, Consumer consumer, ConsumerAssignment assigned, WorkBatch batch) {
    String group = assigned.group().name();
    for (OpenReplies.Reply open : replies.find(group)) {
      if (replies.close(group, open)) {
        peer.answer(account, open.subject(), new Report(stream, consumer, open.created()), batch);
      }
    }
  }

  /** Deletes a consumer, and answers the request for it where it led. */
  void remove(
      AccountJetStream jetStream,
      String streamName,
      ConsumerAssignment removed,
      String reply,
      SerialExecutor.Task done,
      WorkBatch batch) {
    Stream stream = jetStream.stream(streamName);
    if (stream == null || !removed.group().has(peer.server())) {
      if (peer.isMetaLeader() && peer.areOffline(removed.group().peers())) {
        peer.answer(account, reply, new Success(jetStream.executor()), batch);
      }
      done.run(batch);
      return;
    }
    SerialExecutor.Task work = taskBatch -> removeNow(stream, removed, reply, taskBatch);
    stream.executor().submit(work.andFinally(done), batch);
  }

  private void removeNow(Stream stream, ConsumerAssignment removed, String reply, WorkBatch batch) {
    Consumer consumer = stream.consumers().get(removed.name());
    boolean led = consumer != null && consumer.isServing();
    if (consumer != null && !stream.isClosed()) {
      stream.consumers().delete(consumer, batch);
    }
    detach(removed.group());
    if (led || peer.leaderOf(removed.group()) == null) {
      peer.answer(account, reply, new Success(stream.executor()), batch);
    }
  }

  private void detach(RaftGroup raft) {
    if (attached.remove(raft.name()) != null) {
      peer.groups().leave(raft, peer.server(), true);
    }
  }

  /** Ends the replicas of a stream's consumers, which are deleted with it. Any thread. */
  void streamRemoved(StreamAssignment stream) {
    stream.consumers().values().forEach(consumer -> detach(consumer.group()));
  }

  /** Ends the replicas of the consumers of a stream that this server has no more. Any thread. */
  void streamDiscarded(Stream stream) {
    attached.values().stream()
        .filter(each -> each.consumer().stream().equals(stream))
        .toList()
        .forEach(each -> detach(each.assigned().group()));
  }

  /** Returns whether consumers of a stream have replicas here. Any thread. */
  boolean haveReplicas(Stream stream) {
    return attached.values().stream().anyMatch(each -> each.consumer().stream().equals(stream));
  }

  /** Ends all replicas, because the server ends. Any thread. */
  void end() {
    ended = true;
    attached.values().forEach(this::end);
    attached.clear();
  }

  private void end(Attached each) {
    RaftGroup raft = each.assigned().group();
    peer.groups().end(raft, peer.server(), raft.storage() == StorageType.MEMORY);
  }

  /** Has other servers lead what this one leads. Any thread. */
  void resign() {
    attached.values().forEach(each -> peer.groups().resign(each.assigned().group(), peer.server()));
  }

  /** What becomes of a consumer here. */
  private final class Fate implements ConsumerReplica.Listener {
    private final Stream stream;
    private final ConsumerAssignment assigned;

    private Fate(Stream stream, ConsumerAssignment assigned) {
      this.stream = stream;
      this.assigned = assigned;
    }

    @Override
    public void leads(Consumer consumer, long term, WorkBatch batch) {
      peer.groups().leads(assigned.group(), peer.server(), peer.time().epochNanos());
      new GroupAdvisories(peer, stream.jetStream(), assigned.group())
          .consumerLeader(stream.name(), consumer.name(), batch);
      answer(stream, consumer, assigned, batch);
      stream.jetStream().workers().execute(() -> membership(stream.name(), assigned).reconcile());
    }

    @Override
    public void inactive(Consumer consumer, WorkBatch batch) {
      stream
          .jetStream()
          .workers()
          .execute(
              () ->
                  peer.ask(
                      new RemoveConsumer(
                          account, stream.name(), consumer.name(), consumer.created(), "")));
    }

    @Override
    public void quorumLost(Consumer consumer) {
      log.warn(
          "JetStream cluster consumer '{} > {} > {}' has NO quorum, stalled.",
          account,
          stream.name(),
          consumer.name());
      stream
          .executor()
          .execute(
              batch ->
                  new GroupAdvisories(peer, stream.jetStream(), assigned.group())
                      .consumerQuorumLost(stream.name(), consumer.name(), batch));
      stream.jetStream().workers().execute(() -> membership(stream.name(), assigned).reconcile());
    }
  }

  /** The description of a consumer that was made or changed. */
  private record Report(Stream stream, Consumer consumer, boolean created)
      implements ClusterAnswers.Answer {
    @Override
    public SerialExecutor executor() {
      return stream.executor();
    }

    @Override
    public void writeTo(JsonWriter out) {
      if (consumer.isClosed()) {
        throw ApiError.CONSUMER_CREATE.exception("consumer is closed");
      }
      ConsumerInfo.write(
          consumer,
          AssetVersions.describe(consumer.config(), stream.jetStream().compatibility()),
          out);
    }

    @Override
    public void sent(WorkBatch batch) {
      if (created) {
        consumer.advisories().created(batch);
      }
      consumer.pause().adviseIfPaused(batch);
    }
  }
}
