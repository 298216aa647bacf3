package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.AssignConsumer;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.AssignStream;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveConsumer;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveStream;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.runtime.GroupStatus;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamChange;
import dev.hubkit.nats.jetstream.stream.StreamReplication;
import java.util.Collection;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One account on one server of a cluster: has the account's JetStream do there what the servers
 * have agreed upon. Changes are made one after the other, in their order. Thread-safe.
 */
final class AccountPeer implements StreamReplication {
  private static final Log log = Log.of(AccountPeer.class);

  private final LocalPeer peer;
  private final String account;
  private final AssignedStreams streams;
  private volatile @Nullable AccountJetStream jetStream;

  AccountPeer(LocalPeer peer, String account) {
    this.peer = peer;
    this.account = account;
    this.streams = new AssignedStreams(peer, account);
  }

  /** Returns the JetStream of the account here; null before it is open. */
  @Nullable AccountJetStream jetStream() {
    return jetStream;
  }

  /** Has an account that was opened do what was agreed upon before. */
  synchronized void open(AccountJetStream opened) {
    jetStream = opened;
    Assignments present = peer.assignments();
    present.streams(account).values().forEach(stream -> place(opened, stream, false, ""));
  }

  /** Does what follows from a command. Called in the order of the commands. */
  synchronized void apply(MetaCommand command, Assignments before, Assignments after) {
    AccountJetStream present = jetStream;
    if (present == null) {
      return;
    }
    if (command instanceof AssignStream assign) {
      StreamAssignment stream = after.stream(account, assign.stream().name());
      if (stream != null) {
        place(present, stream, assign.update(), assign.reply());
        placeMoved(present, before.stream(account, stream.name()), stream);
      }
    } else if (command instanceof RemoveStream remove) {
      StreamAssignment removed = before.stream(account, remove.stream());
      if (removed != null && removed.created() == remove.created()) {
        change(
            present,
            (batch, done) -> streams.remove(present, removed, remove.reply(), done, batch));
      }
    } else if (command instanceof AssignConsumer assign) {
      StreamAssignment stream = after.stream(account, assign.stream());
      if (stream != null) {
        change(
            present,
            (batch, done) ->
                streams
                    .consumers()
                    .place(present, stream.name(), assign.consumer(), assign.reply(), done, batch));
      }
    } else if (command instanceof RemoveConsumer remove) {
      ConsumerAssignment removed = before.consumer(account, remove.stream(), remove.consumer());
      if (removed != null && removed.created() == remove.created()) {
        change(
            present,
            (batch, done) ->
                streams
                    .consumers()
                    .remove(present, remove.stream(), removed, remove.reply(), done, batch));
      }
    }
  }

  /** Does what follows from what was agreed upon while this server was away. */
  synchronized void replaced(Assignments after) {
    AccountJetStream present = jetStream;
    if (present == null) {
      return;
    }
    for (Stream stream : present.streams()) {
      StreamAssignment assigned = after.stream(account, stream.name());
      if (assigned == null || assigned.created() != stream.created()) {
        change(present, (batch, done) -> streams.discard(present, stream, done, batch));
      }
    }
    after.streams(account).values().forEach(stream -> place(present, stream, false, ""));
  }

  private void place(
      AccountJetStream present, StreamAssignment stream, boolean update, String reply) {
    change(present, (batch, done) -> streams.place(present, stream, update, reply, done, batch));
    if (reply.isEmpty()) {
      stream.consumers().values().forEach(consumer -> place(present, stream, consumer));
    }
  }

  // Consumers go where their stream goes.
  private void placeMoved(
      AccountJetStream present, @Nullable StreamAssignment before, StreamAssignment after) {
    if (before != null) {
      for (ConsumerAssignment consumer : after.consumers().values()) {
        ConsumerAssignment earlier = before.consumers().get(consumer.name());
        if (earlier != null && !earlier.group().equals(consumer.group())) {
          place(present, after, consumer);
        }
      }
    }
  }

  private void place(
      AccountJetStream present, StreamAssignment stream, ConsumerAssignment consumer) {
    change(
        present,
        (batch, done) ->
            streams.consumers().place(present, stream.name(), consumer, "", done, batch));
  }

  /** Runs a task when the changes that are known now are made. */
  synchronized void whenPlaced(Runnable task) {
    AccountJetStream present = jetStream;
    if (present == null) {
      task.run();
    } else {
      change(
          present,
          (batch, done) -> {
            done.run(batch);
            task.run();
          });
    }
  }

  // Hands over: the caller may be in the middle of something.
  private static void change(AccountJetStream present, StreamChange change) {
    WorkBatch batch = new WorkBatch();
    present.mutate(change, batch);
    try {
      present.workers().execute(batch::flush);
    } catch (RejectedExecutionException ended) {
      log.debug("JetStream has ended; nothing changes there any more", ended);
    }
  }

  /** Notes that the server ends. */
  void end() {
    streams.end();
  }

  /** Asks other servers to lead the streams and consumers that this one leads. */
  void resign() {
    streams.resign();
  }

  @Override
  public boolean replicate(Stream stream) {
    return streams.replicate(stream);
  }

  // ---- What it knows.

  @Override
  public Collection<StreamConfig> streams() {
    return peer.assignments().streams(account).values().stream()
        .map(StreamAssignment::config)
        .toList();
  }

  @Override
  public @Nullable StreamConfig configOf(String stream) {
    StreamAssignment assignment = peer.assignments().stream(account, stream);
    return assignment == null ? null : assignment.config();
  }

  @Override
  public int consumersOf(String stream) {
    StreamAssignment assignment = peer.assignments().stream(account, stream);
    return assignment == null ? 0 : assignment.consumers().size();
  }

  @Override
  public @Nullable GroupStatus groupOf(String stream) {
    StreamAssignment assignment = peer.assignments().stream(account, stream);
    return assignment == null ? null : GroupReport.of(peer, assignment).status();
  }

  @Override
  public @Nullable GroupStatus groupOf(String stream, String consumer) {
    ConsumerAssignment assignment = peer.assignments().consumer(account, stream, consumer);
    return assignment == null ? null : status(assignment.group());
  }

  @Override
  public String raftGroupOf(String stream) {
    StreamAssignment assignment = peer.assignments().stream(account, stream);
    return assignment == null ? "" : assignment.group().shownName();
  }

  @Override
  public String raftGroupOf(String stream, String consumer) {
    ConsumerAssignment assignment = peer.assignments().consumer(account, stream, consumer);
    return assignment == null ? "" : assignment.group().shownName();
  }

  private GroupStatus status(RaftGroup group) {
    return new GroupReport(peer, group).status();
  }
}
