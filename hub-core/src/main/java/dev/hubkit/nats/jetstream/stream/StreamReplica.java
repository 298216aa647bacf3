package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.runtime.CommandLog;
import dev.hubkit.nats.jetstream.runtime.PublishState;
import dev.hubkit.nats.jetstream.runtime.ReplicatedState;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.replication.ReplicaGroup;
import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.nats.replication.ReplicaMember;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The replica of a stream on one server: hands what its group tells it over to the executor of the
 * stream there, and proposes to the group what the stream receives while it leads.
 *
 * <p>The group calls the methods of {@link ReplicaMember} in its turns, and the stream those of
 * {@link CommandLog} on its executor.
 */
public final class StreamReplica
    implements ReplicaMember<StreamCommand, StreamReplicaSnapshot>, CommandLog {
  private static final Log log = Log.of(StreamReplica.class);
  // How far back a store is recognised that has lost what was written last: at least so many
  // commands, and all of a round, whose commands are written one after the other.
  private static final int EARLIER = 64;
  // More than one round brings, unless the store can't be written any more.
  private static final int MOST_OF_A_ROUND = 16_384;
  private static final Answer NONE = (result, batch) -> {};

  private final Stream stream;
  private final ReplicaGroup<StreamCommand, StreamReplicaSnapshot> group;
  private final String server;
  private final Listener listener;

  // Set in turns of the group.
  private long leadingTerm;
  private volatile long handed;

  // What waits for the state of the leader; guarded by this object's monitor.
  private @Nullable List<SerialExecutor.Task> held;
  // Counts the states that the leader sent, and says which of them a kill would leave here.
  private volatile long restores;
  private volatile long restoresKept;
  // How the store has looked before, guarded likewise.
  private final Deque<Kept> earlier = new ArrayDeque<>();

  // Confined to the executor.
  private final List<Proposal> proposals = new ArrayList<>();
  private final Set<Long> unneeded = new LinkedHashSet<>();
  private final Map<Long, Answer> answers = new HashMap<>();
  private boolean leading;
  private boolean lost;
  private long applied;
  private long restoresTaken;

  private volatile Kept kept = Kept.NOTHING;
  private volatile @Nullable Found opened;

  private record Proposal(StreamCommand command, Answer answer) {}

  /** By what a stream is recognised that was opened again. */
  private record Found(StoreState store, StreamConfig config) {
    static Found of(Stream stream) {
      return new Found(stream.store().state(), stream.config());
    }

    boolean isBlank() {
      return store.lastSequence() == 0;
    }

    // The same last sequence and number of messages are the same messages, in one history.
    boolean isSame(Found other) {
      return store.lastSequence() == other.store.lastSequence()
          && store.messages() == other.store.messages()
          && (store.messages() == 0 || store.firstSequence() == other.store.firstSequence())
          && store.bytes() == other.store.bytes()
          && config.equals(other.config);
    }
  }

  /** How far the stream has what was applied, and what it is like then; null at its begin. */
  private record Kept(long index, @Nullable Found stream) {
    static final Kept NOTHING = new Kept(0, null);

    boolean isSame(Found found) {
      return stream == null ? found.isBlank() : stream.isSame(found);
    }
  }

  /** Is told of what happens to a replica. Its methods run on the executor of the stream. */
  public interface Listener {
    /** Notes that the replica leads now, and the stream takes messages here. */
    default void leads(WorkBatch batch) {}

    /** Notes that the replica leads no more. */
    default void follows(WorkBatch batch) {}

    /** Notes that the replica led, and gave up because it heard of no majority for too long. */
    default void quorumLost(WorkBatch batch) {}
  }

  /**
   * Makes a stream that was not started yet a replica. It takes part when the stream is started,
   * and then {@link ReplicaGroup#start} is called with it.
   */
  public StreamReplica(
      Stream stream,
      ReplicaGroup<StreamCommand, StreamReplicaSnapshot> group,
      String server,
      Listener listener) {
    this.stream = stream;
    this.group = group;
    this.server = server;
    this.listener = listener;
    stream.replicate(this);
  }

  /** Makes a replica of whose fate nobody is told. */
  public StreamReplica(
      Stream stream, ReplicaGroup<StreamCommand, StreamReplicaSnapshot> group, String server) {
    this(stream, group, server, new Listener() {});
  }

  // ---- What the group tells it, in its turns.

  @Override
  public void apply(long index, long term, StreamCommand command) {
    boolean own = term == leadingTerm;
    handed = index;
    hand(batch -> applyNow(index, command, own, batch));
  }

  @Override
  public StreamReplicaSnapshot snapshot() {
    StreamReplicaSnapshot snapshot = new StreamReplicaSnapshot();
    hand(
        batch -> {
          try {
            if (lost || stream.isClosed()) {
              throw new IllegalStateException("The stream of the leader has ended");
            }
            snapshot.complete(stream.replicatedState(batch));
          } catch (Throwable e) {
            snapshot.fail(e);
          }
        });
    return snapshot;
  }

  @Override
  public void restore(StreamReplicaSnapshot snapshot) {
    long index = handed;
    long mine;
    synchronized (this) {
      mine = ++restores;
      held = new ArrayList<>();
    }
    snapshot.whenComplete(
        (state, failure) ->
            stream
                .jetStream()
                .supervisor()
                .run(stream, () -> restored(mine, index, state, failure)));
  }

  @Override
  public boolean isRestoring() {
    return isUnsettled();
  }

  @Override
  public void changed(Standing standing) {
    boolean leads = server.equals(standing.leader());
    leadingTerm = leads ? standing.term() : 0;
    hand(batch -> become(leads, batch));
  }

  @Override
  public void quorumLost() {
    hand(listener::quorumLost);
  }

  @Override
  public boolean isBlank() {
    Found found = opened;
    return found == null || found.isBlank();
  }

  @Override
  public long kept(long appliedThere) {
    if (isUnsettled()) {
      return 0;
    }
    long index = kept.index();
    return index == handed ? appliedThere : index;
  }

  // The group counts a state as applied as soon as it was handed over, and the store is still the
  // old one, or is neither.
  private boolean isUnsettled() {
    return restores != restoresKept;
  }

  @Override
  public long resume(
      ReplicaMember<StreamCommand, StreamReplicaSnapshot> before, long appliedThere) {
    Found here = opened;
    if (!(before instanceof StreamReplica last) || here == null) {
      return -1;
    }
    Kept known = last.keptAs(here);
    if (known == null) {
      return -1;
    }
    kept = known;
    handed = known.index();
    PublishState published = last.stream.publishState();
    hand(
        batch -> {
          applied = known.index();
          stream.resume(upTo(here.store().lastSequence(), published));
        });
    return known.index() == last.handed ? appliedThere : known.index();
  }

  /** Returns where the store was as it is now; null if it never was, as far as that is known. */
  private @Nullable Kept keptAs(Found found) {
    if (isUnsettled()) {
      return null;
    }
    if (kept.isSame(found)) {
      return kept;
    }
    // What a killed server was about to write may not have reached the disk.
    synchronized (this) {
      for (Iterator<Kept> each = earlier.descendingIterator(); each.hasNext(); ) {
        Kept known = each.next();
        if (known.isSame(found)) {
          return known;
        }
      }
    }
    return null;
  }

  private static PublishState upTo(long sequence, PublishState state) {
    return new PublishState(
        state.ids().stream().filter(each -> each.sequence() <= sequence).toList(),
        state.lastMessageId());
  }

  // In the order of calls. What waits is run when the group has ended its turn.
  private void hand(SerialExecutor.Task task) {
    WorkBatch batch = new WorkBatch();
    synchronized (this) {
      List<SerialExecutor.Task> waiting = held;
      if (waiting != null) {
        waiting.add(task);
        return;
      }
      stream.executor().submit(task, batch);
    }
    group.afterwards(batch::flush);
  }

  // ---- What it does on the executor.

  private void restored(
      long mine, long index, @Nullable ReplicatedState state, @Nullable Throwable failure) {
    WorkBatch batch = new WorkBatch();
    synchronized (this) {
      List<SerialExecutor.Task> waiting = held;
      if (mine != restores || waiting == null) {
        return; // there is a newer one
      }
      held = null;
      stream
          .executor()
          .submit(taskBatch -> restoreNow(mine, index, state, failure, taskBatch), batch);
      waiting.forEach(task -> stream.executor().submit(task, batch));
    }
    group.afterwards(batch::flush);
  }

  private void restoreNow(
      long mine,
      long index,
      @Nullable ReplicatedState state,
      @Nullable Throwable failure,
      WorkBatch batch) {
    if (stream.isClosed()) {
      return;
    }
    if (state == null) {
      log.debug("{} gets its state from another leader", stream, failure);
      lose(true);
      return;
    }
    try {
      stream.restore(state, batch);
      applied = index;
      restoresTaken = mine;
      lost = false;
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void applyNow(long index, StreamCommand command, boolean own, WorkBatch batch) {
    if (lost || stream.isClosed()) {
      return;
    }
    Answer answer = own ? answers.remove(index) : null;
    try {
      long result = stream.apply(command, own, batch);
      // After each command, so that all replicas enforce their limits at the same places.
      stream.commitPending(batch);
      if (lost) {
        return;
      }
      applied = index;
      passed();
      if (answer != null) {
        stream.jetStream().supervisor().run(stream, () -> answer.applied(result, batch));
      }
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void become(boolean leads, WorkBatch batch) {
    answers.clear();
    if (leads == leading || stream.isClosed()) {
      return;
    }
    leading = leads;
    if (leads) {
      stream.lead(batch);
      listener.leads(batch);
    } else {
      proposals.clear();
      unneeded.clear();
      stream.follow(batch);
      listener.follows(batch);
    }
  }

  /** Notes that the stream has recovered what it had, before it takes part. */
  void opened() {
    opened = Found.of(stream);
  }

  /**
   * Proposes what the round has brought.
   *
   * @param isSafe whether the store would still have it all after a kill
   */
  void roundEnded(boolean isSafe) {
    if (isSafe) {
      keepPresent();
    }
    if (!unneeded.isEmpty()) {
      propose(new StreamCommand.Discard(List.copyOf(unneeded)));
      unneeded.clear();
    }
    if (proposals.isEmpty()) {
      return;
    }
    List<Proposal> proposed = List.copyOf(proposals);
    proposals.clear();
    OptionalLong first = group.propose(server, proposed.stream().map(Proposal::command).toList());
    // They are applied in later tasks of this executor.
    for (int i = 0; first.isPresent() && i < proposed.size(); i++) {
      Answer answer = proposed.get(i).answer();
      if (answer != NONE) {
        answers.put(first.getAsLong() + i, answer);
      }
    }
  }

  /** Notes that the store is about to be closed: its last round does not end. */
  void closing() {
    keepPresent();
  }

  // A process that is killed in the middle of a round leaves what one of its commands has left.
  private void passed() {
    if (stream.directory() != null && restoresKept == restoresTaken) {
      Kept passed = new Kept(applied, Found.of(stream));
      synchronized (this) {
        earlier.addLast(passed);
        if (earlier.size() > MOST_OF_A_ROUND) {
          earlier.removeFirst();
        }
      }
    }
  }

  private void keepPresent() {
    boolean settles = restoresKept != restoresTaken;
    if (!lost && (settles || kept.index() != applied)) {
      keep(new Kept(applied, Found.of(stream)), !settles);
      if (settles) {
        restoresKept = restoresTaken;
        group.restored(server, this);
      }
    }
  }

  // What was before a state of the leader says nothing of where its log begins.
  private void keep(Kept present, boolean goesOn) {
    synchronized (this) {
      if (goesOn) {
        earlier.addLast(kept);
      } else {
        earlier.clear();
      }
      while (earlier.size() > EARLIER) {
        earlier.removeFirst();
      }
    }
    kept = present;
  }

  // ---- What the stream asks of it.

  @Override
  public boolean isLeading() {
    return leading;
  }

  @Override
  public void propose(StreamCommand command) {
    propose(command, NONE);
  }

  @Override
  public void propose(StreamCommand command, Answer answer) {
    if (leading && !lost) {
      proposals.add(new Proposal(command, answer));
    }
  }

  /** Has all replicas remove a message that no consumer needs, if this one leads. */
  void discard(long sequence) {
    if (leading && !lost) {
      unneeded.add(sequence);
    }
  }

  @Override
  public void failed(Throwable failure) {
    if (!lost) {
      log.error(
          "{} can't store what the other replicas have. It is offline on server {} until that is"
              + " started again",
          stream,
          server,
          failure);
      lose(false);
    }
  }

  // What it would say of itself from now on may be wrong.
  private void lose(boolean again) {
    lost = true;
    answers.clear();
    proposals.clear();
    synchronized (this) {
      earlier.clear();
    }
    kept = Kept.NOTHING;
    group.lost(server, this, again);
    stream.executor().execute(batch -> become(false, batch));
  }
}
