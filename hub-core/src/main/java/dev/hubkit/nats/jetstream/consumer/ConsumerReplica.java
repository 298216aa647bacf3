package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.ReplicatedConsumerStore;
import dev.hubkit.nats.replication.ReplicaGroup;
import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.nats.replication.ReplicaMember;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;

/**
 * A consumer on one of the servers that have a replica of it. What the group tells goes in order to
 * the executor of the stream, which the group never waits for.
 */
public final class ConsumerReplica implements ReplicaMember<ConsumerCommand, ConsumerSnapshot> {
  private final Consumer consumer;
  private final ReplicaGroup<ConsumerCommand, ConsumerSnapshot> group;
  private final String server;
  private final Listener listener;
  private final SerialExecutor executor;

  // What the executor has not done yet, and whether it was asked to; guarded by the inbox.
  private final Deque<SerialExecutor.Task> inbox = new ArrayDeque<>();
  private boolean asked;

  // The state after all that was applied, for those who need the whole. Touched by the group alone.
  private final ConsumerStore applied = ConsumerStore.inMemory();
  private boolean leads;
  private long handedCount;

  // How much was handed over, and how much of it is safe.
  private volatile long handed;
  private volatile Safe safe = new Safe(0, 0);

  // Confined to the executor.
  private long taken;
  private long takenIndex;
  private boolean failed;

  private final boolean isBlank;
  private final boolean isRecorded;

  /**
   * What would be there after a kill.
   *
   * @param count how much of what was handed over
   * @param index the last command
   */
  private record Safe(long count, long index) {}

  /** Is told what becomes of a consumer on this server. */
  public interface Listener {
    /** Notes that the consumer serves clients here from now on. On the stream's executor. */
    void leads(Consumer consumer, long term, WorkBatch batch);

    /**
     * Asks to delete the consumer everywhere, because no client has used it. On the stream's
     * executor; comes again as long as it is still there.
     */
    void inactive(Consumer consumer, WorkBatch batch);

    /** Notes that the leader, which was here, reaches no majority. Must not call the group. */
    void quorumLost(Consumer consumer);
  }

  /**
   * Makes the replica of a consumer that {@link Consumers#assign} or {@link Consumers#recover} has
   * made, for {@link ReplicaGroup#start}. To be called on the stream's executor, or before the
   * stream starts.
   *
   * @param server the server that this replica is on
   */
  public ConsumerReplica(
      Consumer consumer,
      ReplicaGroup<ConsumerCommand, ConsumerSnapshot> group,
      String server,
      Listener listener) {
    this.consumer = consumer;
    this.group = group;
    this.server = server;
    this.listener = listener;
    this.executor = consumer.stream().executor();
    this.isBlank = consumer.isBlank();
    this.isRecorded = consumer.state().isRecorded() && !consumer.state().hasUnknown();
    ConsumerSnapshot.of(consumer.state()).restore(applied);
    consumer.replicate(new Inbox());
  }

  // --- from the group ---

  @Override
  public void apply(long index, long term, ConsumerCommand command) {
    if (command.term() == term) {
      ReplicatedConsumerStore.apply(command.changes(), applied);
    }
    handed = ++handedCount;
    hand(
        batch -> {
          consumer.applied(index, term, command);
          taken++;
          takenIndex = index;
        });
  }

  @Override
  public ConsumerSnapshot snapshot() {
    return ConsumerSnapshot.of(applied);
  }

  @Override
  public void restore(ConsumerSnapshot snapshot) {
    snapshot.restore(applied);
    handed = ++handedCount;
    hand(
        batch -> {
          consumer.restored(snapshot);
          taken++;
          failed = false;
        });
  }

  @Override
  public void changed(Standing standing) {
    if (leads) {
      leads = false;
      hand(consumer::follow);
    }
    if (server.equals(standing.leader())) {
      leads = true;
      hand(
          batch -> {
            consumer.lead(standing.term(), new Leading(), batch);
            listener.leads(consumer, standing.term(), batch);
          });
    }
  }

  @Override
  public void quorumLost() {
    listener.quorumLost(consumer);
  }

  @Override
  public boolean isBlank() {
    return isBlank;
  }

  @Override
  public long kept(long appliedThere) {
    Safe known = safe;
    return known.count() == handed ? appliedThere : Math.min(appliedThere, known.index());
  }

  @Override
  public long resume(ReplicaMember<ConsumerCommand, ConsumerSnapshot> before, long appliedThere) {
    if (!(before instanceof ConsumerReplica last)
        || last.consumer.created() != consumer.created()) {
      return -1;
    }
    boolean hadNothing = last.handed == 0 && last.isBlank;
    if (!isRecorded && !hadNothing) {
      return -1;
    }
    long index = last.kept(appliedThere);
    safe = new Safe(0, index);
    hand(batch -> consumer.resume(last.consumer));
    return index;
  }

  // The executor has it before the group ends its turn: whoever sees who leads then, and comes to
  // the executor because of it, finds a consumer that knows it, too.
  private void hand(SerialExecutor.Task task) {
    WorkBatch batch = new WorkBatch();
    synchronized (inbox) {
      inbox.add(task);
      if (asked) {
        return;
      }
      executor.submit(this::takeAll, batch); // if that throws, the next one that comes asks again
      asked = true;
    }
    group.afterwards(batch::flush);
  }

  private void takeAll(WorkBatch batch) {
    Deque<SerialExecutor.Task> tasks;
    synchronized (inbox) {
      asked = false;
      tasks = new ArrayDeque<>(inbox);
      inbox.clear();
    }
    for (SerialExecutor.Task task : tasks) {
      if (consumer.isClosed()) {
        return;
      }
      try {
        task.run(batch);
      } catch (Throwable e) {
        consumer.stream().jetStream().supervisor().failed(consumer, e, null);
        giveUp(batch);
        return;
      }
    }
  }

  // What was missed is missing for good. The leader brings the whole, unless that has failed.
  private void giveUp(WorkBatch batch) {
    consumer.follow(batch);
    synchronized (inbox) {
      inbox.clear();
    }
    boolean again = !failed;
    failed = true;
    group.lost(server, this, again);
  }

  /** What the group has handed over. */
  private final class Inbox implements ConsumerReplication.Agreements {
    @Override
    public void takeAll(WorkBatch batch) {
      ConsumerReplica.this.takeAll(batch);
    }

    @Override
    public void safe() {
      // A server that was killed goes on for a moment, but its disk does not.
      if (!failed && safe.count() != taken && group.runs(server, ConsumerReplica.this)) {
        safe = new Safe(taken, takenIndex);
      }
    }
  }

  /** What a consumer that leads asks of its group. */
  private final class Leading implements ConsumerReplication.Group {
    @Override
    public OptionalLong propose(ConsumerCommand command) {
      return group.propose(server, List.of(command));
    }

    @Override
    public boolean isShared() {
      return group.members().size() > 1;
    }

    @Override
    public void inactive(WorkBatch batch) {
      listener.inactive(consumer, batch);
    }
  }

  @Override
  public String toString() {
    return "replica of " + consumer + " on server " + server;
  }
}
