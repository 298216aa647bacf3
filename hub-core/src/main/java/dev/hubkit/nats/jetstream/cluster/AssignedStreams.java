package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveStream;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.SettleStream;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.GroupStatus;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamReplica;
import dev.hubkit.nats.jetstream.stream.StreamReplicaSnapshot;
import dev.hubkit.nats.jetstream.stream.StreamReport;
import dev.hubkit.nats.replication.ReplicaGroup;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Makes, changes and deletes the streams that an account is to have on a server, and starts and
 * ends their replicas. Its methods are called on the account's executor, within a change of
 * streams, except for what says otherwise.
 */
final class AssignedStreams {
  private static final Log log = Log.of(AssignedStreams.class);

  private final LocalPeer peer;
  private final String account;
  private final AssignedConsumers consumers;
  private final OpenReplies replies;
  // The streams that have replicas here, by the names of their groups.
  private final Map<String, Attached> attached = new ConcurrentHashMap<>();
  private volatile boolean ended;

  private record Attached(
      Stream stream, RaftGroup raft, StreamReplica replica, AtomicBoolean started) {}

  AssignedStreams(LocalPeer peer, String account) {
    this.peer = peer;
    this.account = account;
    this.consumers = new AssignedConsumers(peer, account);
    this.replies = new OpenReplies(peer.time(), peer.groups()::announces);
  }

  AssignedConsumers consumers() {
    return consumers;
  }

  /** Has a stream that has not started follow; returns whether the cluster has it. Any thread. */
  boolean replicate(Stream stream) {
    StreamAssignment assigned = peer.assignments().stream(account, stream.name());
    if (assigned == null || assigned.created() != stream.created()) {
      return false;
    }
    stream.consumers().replicate();
    RaftGroup raft = assigned.group();
    ReplicaGroup<StreamCommand, StreamReplicaSnapshot> group = peer.groups().stream(raft);
    StreamReplica replica = new StreamReplica(stream, group, peer.server(), new Fate(stream));
    attached.put(raft.name(), new Attached(stream, raft, replica, new AtomicBoolean()));
    return true;
  }

  /** Has a stream as it is assigned, and answers the request for it where it leads. */
  void place(
      AccountJetStream jetStream,
      StreamAssignment assigned,
      boolean update,
      String reply,
      SerialExecutor.Task done,
      WorkBatch batch) {
    Stream present = jetStream.stream(assigned.name());
    boolean belongs = assigned.group().has(peer.server());
    if (present == null) {
      if (belongs) {
        create(jetStream, assigned, update, reply, batch);
      } else if (isCountedOn(assigned)) {
        // It has lost its disk. Without it there may be no majority to let it go.
        create(jetStream, assigned, false, "", batch);
        Stream made = jetStream.stream(assigned.name());
        if (made != null) {
          leave(jetStream, made, assigned, false, "", batch);
        }
      }
      done.run(batch);
      return;
    }
    boolean isSame = present.created() == assigned.created();
    if (isSame && !belongs) {
      leave(jetStream, present, assigned, update, reply, batch);
      done.run(batch);
      return;
    }
    SerialExecutor.Task work =
        taskBatch -> {
          if (isSame && !present.isClosed()) {
            change(present, assigned, update, reply, taskBatch);
          } else {
            discardNow(jetStream, present, taskBatch);
            if (belongs) {
              create(jetStream, assigned, update, reply, taskBatch);
            }
          }
        };
    present.executor().submit(work.andFinally(done), batch);
  }

  // Its consumers leave before: their replicas need it. Until then it may lead.
  private void leave(
      AccountJetStream jetStream,
      Stream stream,
      StreamAssignment assigned,
      boolean update,
      String reply,
      WorkBatch batch) {
    stream.executor().submit(task -> change(stream, assigned, update, reply, task), batch);
    membership(assigned)
        .leave(
            assigned.group(),
            () -> haveLeft(stream, assigned),
            () -> stream.executor().execute(b -> discardAway(jetStream, stream, assigned, b)));
  }

  private boolean haveLeft(Stream stream, StreamAssignment assigned) {
    StreamAssignment now = present(assigned);
    return !consumers.haveReplicas(stream) && (now == null || !areCountedOn(now));
  }

  private boolean isCountedOn(StreamAssignment assigned) {
    return peer.groups().countsOn(assigned.group(), peer.server()) || areCountedOn(assigned);
  }

  private boolean areCountedOn(StreamAssignment assigned) {
    return assigned.consumers().values().stream()
        .anyMatch(each -> peer.groups().countsOn(each.group(), peer.server()));
  }

  // Its replica has ended. It may have become one that this server is to have again meanwhile.
  private void discardAway(
      AccountJetStream jetStream, Stream stream, StreamAssignment assigned, WorkBatch batch) {
    if (stream.isClosed()) {
      return;
    }
    discardNow(jetStream, stream, batch);
    StreamAssignment now = present(assigned);
    if (!peer.hasEnded() && now != null && now.group().has(peer.server())) {
      create(jetStream, now, false, "", batch);
      for (ConsumerAssignment consumer : now.consumers().values()) {
        consumers.place(jetStream, now.name(), consumer, "", last -> {}, batch);
      }
    }
  }

  // Returns how a stream is assigned now; null if it is no more.
  private @Nullable StreamAssignment present(StreamAssignment assigned) {
    StreamAssignment now = peer.assignments().stream(account, assigned.name());
    return now != null && now.created() == assigned.created() ? now : null;
  }

  private GroupMembership membership(StreamAssignment assigned) {
    return new GroupMembership(
        peer,
        () -> {
          StreamAssignment now = present(assigned);
          return now == null ? null : now.group();
        },
        raft -> settle(assigned, raft));
  }

  private void settle(StreamAssignment assigned, RaftGroup raft) {
    StreamAssignment now = present(assigned);
    if (now != null && now.origin() != null && now.group().equals(raft)) {
      peer.ask(new SettleStream(account, now.name(), now.created(), raft));
    }
  }

  private void create(
      AccountJetStream jetStream,
      StreamAssignment assigned,
      boolean update,
      String reply,
      WorkBatch batch) {
    try {
      Stream stream = jetStream.assign(assigned.config(), assigned.created(), batch);
      if (!update) {
        // Where there is a stream already, a server that has had it answers.
        replies.open(assigned.group().name(), reply, true, false);
      }
      stream.executor().submit(taskBatch -> start(assigned.group()), batch);
    } catch (ApiException e) {
      log.error("Stream '{} > {}' can't be made here", account, assigned.name(), e);
      detach(assigned.group());
      peer.answer(account, reply, new Failure(jetStream.executor(), e), batch);
      peer.ask(new RemoveStream(account, assigned.name(), assigned.created(), ""));
    }
  }

  // On the executor of the stream, which has started.
  private void start(RaftGroup raft) {
    Attached present = attached.get(raft.name());
    if (present == null || ended || !present.started().compareAndSet(false, true)) {
      return;
    }
    peer.groups().stream(raft).start(peer.server(), present.replica());
    if (ended) {
      end(present); // meanwhile
      return;
    }
    peer.groups().begin(raft, peer.server());
  }

  private void change(
      Stream stream, StreamAssignment assigned, boolean update, String reply, WorkBatch batch) {
    start(assigned.group());
    membership(assigned).reconcile();
    replies.open(assigned.group().name(), reply, false, update);
    if (stream.leads() && !stream.isClosed()) {
      adopt(stream, assigned, batch);
    }
  }

  // Has the replicas take over the configuration, and answers whoever has asked for it.
  private void adopt(Stream stream, StreamAssignment assigned, WorkBatch batch) {
    String group = assigned.group().name();
    List<OpenReplies.Reply> open = replies.find(group);
    @Nullable GroupStatus known = GroupReport.of(peer, assigned).atChange();
    if (stream.config().equals(assigned.config())) {
      answer(stream, group, open, known, batch);
    } else {
      // Where this server ceases to lead before that is agreed on, the next leader answers.
      stream.change(
          new StreamCommand.Update(assigned.config()),
          (result, taskBatch) -> answer(stream, group, open, known, taskBatch),
          batch);
    }
  }

  private void answer(
      Stream stream,
      String group,
      List<OpenReplies.Reply> open,
      @Nullable GroupStatus known,
      WorkBatch batch) {
    for (OpenReplies.Reply each : open) {
      if (replies.close(group, each)) {
        Report report = new Report(stream, each.update(), each.created(), known);
        peer.answer(account, each.subject(), report, batch);
      }
    }
  }

  /** Deletes a stream, and answers the request for it where it led. */
  void remove(
      AccountJetStream jetStream,
      StreamAssignment removed,
      String reply,
      SerialExecutor.Task done,
      WorkBatch batch) {
    Stream present = jetStream.stream(removed.name());
    if (present == null || present.created() != removed.created()) {
      if (peer.isMetaLeader() && peer.areOffline(removed.group().peers())) {
        peer.answer(account, reply, new Success(jetStream.executor()), batch);
      }
      done.run(batch);
      return;
    }
    SerialExecutor.Task work =
        taskBatch -> removeNow(jetStream, present, removed, reply, taskBatch);
    present.executor().submit(work.andFinally(done), batch);
  }

  private void removeNow(
      AccountJetStream jetStream,
      Stream stream,
      StreamAssignment removed,
      String reply,
      WorkBatch batch) {
    boolean led = stream.leads();
    boolean answers = led || peer.leaderOf(removed.group()) == null;
    try {
      if (led) {
        stream.delete(batch);
      } else {
        stream.deleteQuietly(batch);
      }
    } finally {
      consumers.streamRemoved(removed);
      detach(removed.group());
      jetStream.remove(stream); // from here on there can be another one
      if (answers) {
        peer.answer(account, reply, new Success(jetStream.executor()), batch);
      }
    }
  }

  private void detach(RaftGroup raft) {
    if (attached.remove(raft.name()) != null) {
      peer.groups().leave(raft, peer.server(), true);
    }
  }

  /** Deletes what this server has of a stream that it is not to have any more. */
  void discard(
      AccountJetStream jetStream, Stream stream, SerialExecutor.Task done, WorkBatch batch) {
    SerialExecutor.Task work = taskBatch -> discardNow(jetStream, stream, taskBatch);
    stream.executor().submit(work.andFinally(done), batch);
  }

  private void discardNow(AccountJetStream jetStream, Stream stream, WorkBatch batch) {
    try {
      stream.deleteQuietly(batch);
    } finally {
      consumers.streamDiscarded(stream);
      attached.values().stream()
          .filter(each -> each.stream().equals(stream))
          .toList()
          .forEach(each -> detach(each.raft()));
      jetStream.remove(stream); // from here on there can be another one
    }
  }

  /** Ends all replicas, because the server ends. Any thread. */
  void end() {
    ended = true;
    consumers.end();
    attached.values().forEach(this::end);
    attached.clear();
  }

  private void end(Attached each) {
    peer.groups().end(each.raft(), peer.server(), each.raft().storage() == StorageType.MEMORY);
  }

  /** Asks other servers to lead what this one leads. Any thread. */
  void resign() {
    attached.values().forEach(each -> peer.groups().resign(each.raft(), peer.server()));
    consumers.resign();
  }

  /** What becomes of a stream here. */
  private final class Fate implements StreamReplica.Listener {
    private final Stream stream;

    private Fate(Stream stream) {
      this.stream = stream;
    }

    @Override
    public void leads(WorkBatch batch) {
      StreamAssignment assigned = peer.assignments().stream(account, stream.name());
      if (assigned == null || assigned.created() != stream.created()) {
        return;
      }
      log.info("JetStream cluster new stream leader for '{} > {}'", account, stream.name());
      peer.groups().leads(assigned.group(), peer.server(), peer.time().epochNanos());
      new GroupAdvisories(peer, stream.jetStream(), assigned.group())
          .streamLeader(stream.name(), batch);
      adopt(stream, assigned, batch);
      stream.jetStream().workers().execute(() -> membership(assigned).reconcile());
    }

    @Override
    public void quorumLost(WorkBatch batch) {
      log.warn("JetStream cluster stream '{} > {}' has NO quorum, stalled", account, stream.name());
      StreamAssignment assigned = peer.assignments().stream(account, stream.name());
      if (assigned != null) {
        new GroupAdvisories(peer, stream.jetStream(), assigned.group())
            .streamQuorumLost(stream.name(), batch);
        stream.jetStream().workers().execute(() -> membership(assigned).reconcile());
      }
    }
  }

  /** The description of a stream that was made or changed. */
  private record Report(Stream stream, boolean update, boolean created, @Nullable GroupStatus known)
      implements ClusterAnswers.Answer {
    @Override
    public SerialExecutor executor() {
      return stream.executor();
    }

    @Override
    public void writeTo(JsonWriter out) {
      if (stream.isClosed()) {
        throw ApiError.STREAM_NOT_FOUND.exception();
      }
      StreamReport report = new StreamReport(stream).withCluster(known);
      if (update) {
        report.withDomain().writeTo(out);
      } else {
        report.writeTo(out);
        if (created) {
          out.field("did_create", true);
        }
      }
    }

    @Override
    public void sent(WorkBatch batch) {
      if (created) {
        stream.advisories().created(batch);
      }
    }
  }

  /** The answer to a deletion. */
  record Success(SerialExecutor executor) implements ClusterAnswers.Answer {
    @Override
    public void writeTo(JsonWriter out) {
      out.field("success", true);
    }
  }

  /** The answer to what could not be done. */
  record Failure(SerialExecutor executor, ApiException error) implements ClusterAnswers.Answer {
    @Override
    public void writeTo(JsonWriter out) {
      throw error;
    }
  }
}
