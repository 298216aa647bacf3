package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.ReplayPolicy;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.protocol.Ack;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.ReplicatedConsumerStore;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.validation.ConsumerUpdate;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One consumer of a stream: delivers the messages that it selects, in order, and tracks their
 * acknowledgements. Behaves like a consumer of nats-server 2.14.
 *
 * <p>Confined to the stream's executor, except for what says otherwise. Work is collected during a
 * round of the executor ({@link #wake}) and done at its end ({@link #work}), when what was
 * published is durable: then the consumer delivers messages, flushes its state, and only then
 * confirms acknowledgements.
 *
 * <p>A consumer with replicas on several servers follows ({@link #follow}) until its group has it
 * lead ({@link #lead}); only then it serves clients.
 */
public final class Consumer implements ConsumerContext {
  private static final Log log = Log.of(Consumer.class);

  /** The delay before a failed write of the state is repeated. */
  private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

  /** The delay before a proposal is repeated that the group could not take. */
  private static final long PROPOSAL_RETRY = TimeUnit.MILLISECONDS.toNanos(100);

  private static final byte[] NOTHING = new byte[0];

  private final StreamContext stream;
  private final ConsumerRegistry registry;
  private final Account account;
  private final String name;
  private final long created;
  private final ConsumerStore state;
  private final Cursor cursor;
  private final ConsumerAdvisories advisories;
  private final Acknowledgements acknowledgements;
  private final DeliveryMode mode;
  private final DeliveryLoop deliveries;
  private final ConsumerPause pause;
  private final InactivityTimer inactivity;
  private final ConsumerSubjects subjects;
  private final SerialTimer retry;
  private final @Nullable ConsumerReplication replication;
  private final List<String> ackReplies = new ArrayList<>();
  private volatile ConsumerConfig config;
  private volatile boolean closed;
  private boolean awake;
  private boolean registered;

  /** Whether a replicated consumer has a place in the stream. */
  private boolean started;

  private ConsumerReplication.@Nullable Agreements agreements;

  /**
   * Makes a consumer that has not started.
   *
   * @param created nanoseconds since the epoch
   */
  Consumer(
      StreamContext stream,
      ConsumerRegistry registry,
      ConsumerConfig config,
      String name,
      long created,
      ConsumerStore state) {
    this.stream = stream;
    this.registry = registry;
    this.account = stream.account();
    this.name = name;
    this.created = created;
    this.state = state;
    this.config = config;
    this.cursor = new Cursor(stream.store(), config);
    this.advisories = new ConsumerAdvisories(stream.jetStream(), stream.name(), name);
    this.replication =
        state instanceof ReplicatedConsumerStore replicated
            ? new ConsumerReplication(this, replicated, this::missed)
            : null;
    this.started = state.hasState() || state.isRecorded();
    this.acknowledgements = new Acknowledgements(this, state, cursor, advisories);
    this.mode =
        config.isPush()
            ? new PushDelivery(this, cursor, acknowledgements, this::interestChanged)
            : new PullDelivery(this, cursor, acknowledgements, advisories, replication);
    this.pause = new ConsumerPause(this, advisories);
    this.deliveries =
        new DeliveryLoop(this, state, cursor, acknowledgements, mode, pause, replication);
    this.inactivity = new InactivityTimer(this, mode, this::inactive);
    this.subjects =
        new ConsumerSubjects(
            this,
            new AckQueue(stream.executor(), this::takeAcks),
            mode,
            new ConsumerReset(this)::ask);
    this.retry = new SerialTimer(stream.time(), stream.executor(), this::workAgain);
  }

  // --- properties ---

  @Override
  public StreamContext stream() {
    return stream;
  }

  @Override
  public String name() {
    return name;
  }

  /** Returns when the consumer was created, in nanoseconds since the epoch. Any thread. */
  public long created() {
    return created;
  }

  @Override
  public ConsumerConfig config() {
    return config;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  /** Returns the state, as it survives a restart, or a change of leader. */
  public ConsumerStore state() {
    return replication == null ? state : replication.state().agreed();
  }

  @Override
  public boolean isServing() {
    return !closed && (replication == null || replication.leads());
  }

  @Override
  public void settled(long seq) {
    if (replication == null) {
      stream.acknowledged(seq);
    } else {
      replication.acknowledged(seq);
    }
  }

  /** Returns the description of the consumer for an archive of the stream. */
  public byte[] description() {
    JsonWriter out =
        JsonWriter.compact()
            .beginObject()
            .field("Created", Rfc3339.format(created))
            .field("Name", name);
    config.writeTo(out);
    return out.endObject().toBytes();
  }

  Acknowledgements acknowledgements() {
    return acknowledgements;
  }

  public ConsumerAdvisories advisories() {
    return advisories;
  }

  public ConsumerPause pause() {
    return pause;
  }

  /** Returns the pinned client, or null for a push consumer. */
  @Nullable
  public PinnedClient pinned() {
    return mode instanceof PullDelivery pull ? pull.pinned() : null;
  }

  /** Returns how many pull requests wait. */
  public int waiting() {
    return mode instanceof PullDelivery pull ? pull.waiting() : 0;
  }

  /** Returns whether this is a push consumer with a subscriber. */
  boolean isPushBound() {
    return mode instanceof PushDelivery && mode.isWanted();
  }

  /** Returns how many messages await their first delivery, as the API reports it. */
  long checkedPending() {
    return cursor.checkedPending();
  }

  /** Returns the last stream sequence that the consumer has passed. */
  long lastStreamSeq() {
    return cursor.next() - 1;
  }

  // --- start and end ---

  /** Starts a new consumer where its configuration says. */
  public void start() {
    cursor.start(config, stream.config().maxMessagesPerSubject());
    state.reset(cursor.next() - 1);
    acknowledgements.start();
  }

  /** Recovers the consumer from its stored state. */
  public void recover() {
    acknowledgements.dropBeyond(stream.store().lastSequence());
    acknowledgements.awaitUnknown();
    cursor.seek(state.deliveredStream() + 1);
    acknowledgements.recover();
  }

  /** Begins to serve clients; one with replicas waits until it is to {@link #lead}. */
  public void open(WorkBatch batch) {
    if (replication == null) {
      serve(batch);
    }
  }

  private void serve(WorkBatch batch) {
    cursor.recount();
    config = inactivity.adopt(config, config.isDurable());
    deliveries.pace().limit(config.rateLimitBps());
    if (config.replayPolicy() == ReplayPolicy.ORIGINAL) {
      deliveries.pace().replay();
    }
    subjects.open();
    mode.open();
    if (!isPushBound()) {
      inactivity.unused();
    }
    pause.apply();
    wake(batch);
  }

  /** Ends the consumer because the server closes; its state stays. */
  void shutDown(WorkBatch batch) {
    if (agreements != null) {
      agreements.takeAll(batch);
    }
    if (closed) {
      return;
    }
    try {
      releasePulls(batch);
    } finally {
      end();
      state.close();
    }
    if (agreements != null) {
      agreements.safe();
    }
  }

  /**
   * Tells clients with waiting pull requests that the server shuts down. Like nats-server, leaves
   * it to the next leader where the configuration names several replicas.
   */
  public void releasePulls(WorkBatch batch) {
    if (config.replicas() <= 1) {
      mode.serverShutdown(batch);
    }
  }

  /** Deletes the consumer and tells clients that wait for messages. */
  public void delete(WorkBatch batch) {
    if (detach(batch)) {
      state.delete();
    }
  }

  /**
   * Ends the consumer as {@link #delete} does but keeps its state open; returns false if it has
   * already ended.
   */
  public boolean detach(WorkBatch batch) {
    if (closed) {
      return false;
    }
    try {
      mode.consumerDeleted(batch);
    } finally {
      end();
    }
    return true;
  }

  private void end() {
    closed = true;
    stopServing();
  }

  private void stopServing() {
    subjects.close();
    inactivity.close();
    pause.close();
    deliveries.close();
    retry.cancel();
    acknowledgements.close();
    mode.close();
  }

  private void inactive(WorkBatch batch) {
    if (replication == null) {
      registry.delete(this, batch);
    } else {
      replication.inactive(batch);
    }
  }

  // --- replicas on several servers ---

  /** Has the consumer take over what is agreed on before it closes its state. */
  void replicate(ConsumerReplication.Agreements ofReplicas) {
    agreements = ofReplicas;
  }

  /** Returns whether the consumer has no place in the stream yet. */
  boolean isBlank() {
    return !started;
  }

  private ConsumerReplication replication() {
    if (replication == null) {
      throw new IllegalStateException(this + " has no replicas");
    }
    return replication;
  }

  /** Begins to serve clients as the leader of a term. */
  void lead(long term, ConsumerReplication.Group group, WorkBatch batch) {
    replication().lead(term, group);
    if (started) {
      cursor.seek(state.deliveredStream() + 1);
      acknowledgements.recover();
    } else {
      start();
    }
    serve(batch);
    replication().endRequests(batch);
    dropAcknowledged();
    register();
  }

  /** Ends serving clients, because another replica leads or none does. */
  void follow(WorkBatch batch) {
    if (replication().leads()) {
      stopServing();
      replication().follow();
      ackReplies.clear();
      awake = false;
    }
  }

  /** Takes over what a majority of the replicas has. */
  void applied(long index, long term, ConsumerCommand command) {
    long deliveries = state().deliveredConsumer();
    long floor = state().floorConsumer();
    if (replication().apply(index, term, command)) {
      started = true;
      if (!isServing()) {
        boolean acked = command.acknowledged().length > 0 || floor != state().floorConsumer();
        acknowledgements.lastActive().elsewhere(deliveries != state().deliveredConsumer(), acked);
      }
      for (long seq : command.acknowledged()) {
        stream.acknowledged(seq);
      }
      if (command.reset()) {
        dropAcknowledged();
      }
    }
    register();
  }

  /**
   * Takes over from the consumer of the last start of this server what no state keeps. nats-server
   * knows it again where its log still has what the consumer has done.
   */
  void resume(Consumer before) {
    acknowledgements.lastActive().resume(before.acknowledgements.lastActive());
  }

  /** Takes over the state of the leader. */
  void restored(ConsumerSnapshot snapshot) {
    replication().restore(snapshot);
    started = true;
    dropAcknowledged();
    register();
  }

  private void dropAcknowledged() {
    if (stream.config().retention() != RetentionPolicy.LIMITS) {
      registry.dropAcknowledged(this);
    }
  }

  /** Queues a delivery again that has reached no client. */
  private void missed(long seq, WorkBatch batch) {
    acknowledgements.undelivered(seq);
    mode.undelivered(batch);
    wake(batch);
  }

  // --- changes ---

  /** Applies a configuration, which has been validated. */
  public void update(ConsumerUpdate update, WorkBatch batch) {
    config = update.after();
    if (!isServing()) {
      cursor.filter(config.filters());
      acknowledgements.sample(config);
      return;
    }
    if (update.changesInactiveThreshold()) {
      config = inactivity.adopt(config, update.before().isDurable());
      inactivity.restart();
    }
    acknowledgements.update(update, batch);
    if (update.changesDeliverSubject() && mode instanceof PushDelivery push) {
      push.retarget(batch);
    }
    if (update.before().rateLimitBps() != config.rateLimitBps()) {
      deliveries.pace().limit(config.rateLimitBps());
    }
    if (update.changesPause()) {
      pause.apply();
      pause.advise(batch);
    }
    if (update.changesFilters()) {
      cursor.filter(config.filters());
      cursor.recount();
    }
    if (config.sourcing()) {
      reset(0, batch);
    }
    wake(batch);
  }

  /** Adapts the rate limit to the largest message of the stream. */
  void messageSizeChanged() {
    deliveries.pace().limit(config.rateLimitBps());
  }

  /**
   * Moves the consumer to a sequence; 0 means the first one whose acknowledgement is missing.
   *
   * @return the sequence that the consumer has moved to
   */
  public long reset(long sequence, WorkBatch batch) {
    long to = sequence == 0 ? Math.max(1, acknowledgements.floor() + 1) : sequence;
    if (stream.jetStream().compatibility().atLeast(Compatibility.V2_15)) {
      cursor.restart(to);
    } else {
      cursor.seek(to);
    }
    acknowledgements.reset();
    if (replication != null) {
      replication.moved();
    } else if (stream.config().retention() == RetentionPolicy.INTEREST) {
      registry.dropAcknowledged(this);
    }
    cursor.recount();
    wake(batch);
    return cursor.next();
  }

  private void interestChanged(boolean present, WorkBatch batch) {
    if (present) {
      inactivity.used();
      wake(batch);
    } else {
      inactivity.unused();
    }
  }

  // --- from the clients ---

  private void takeAcks(List<Ack> acks, WorkBatch batch) {
    for (int i = 0; i < acks.size() && isServing(); i++) {
      try {
        WorkStep.CONSUMER_ACKS.reach();
        process(acks.get(i), batch);
      } catch (Throwable e) {
        // The message will be redelivered; the other acknowledgements count.
        stream.jetStream().supervisor().failed(this, e, null);
      }
    }
    if (!isServing()) {
      return;
    }
    mode.onActivity();
    inactivity.onActivity();
    register();
  }

  private void process(Ack ack, WorkBatch batch) {
    boolean taken = acknowledgements.process(ack, batch);
    String reply = ack.reply();
    if (reply == null) {
      return;
    }
    if (ack.kind() == Ack.Kind.NEXT) {
      mode.request(reply, ack.argument().getBytes(StandardCharsets.UTF_8), batch);
    } else if (taken && ack.streamSeq() != 0) {
      if (replication != null && ack.settles()) {
        replication.answer(confirmation(reply));
      } else {
        ackReplies.add(reply);
      }
    }
  }

  private static Message confirmation(String reply) {
    return Message.of(reply, null, NOTHING);
  }

  /** Sends an answer when what was done before is safe from a change of leader. */
  void answer(Message message, WorkBatch batch) {
    if (replication == null) {
      account.publish(message, batch);
    } else {
      replication.answer(message);
      register();
    }
  }

  // --- from the stream ---

  private boolean follows() {
    return replication != null && !replication.leads();
  }

  /** Notes that a message that the filters select has been committed. */
  public void stored(long sequence, WorkBatch batch) {
    if (follows()) {
      return;
    }
    boolean due = cursor.stored(sequence);
    if (due && !awake && mode.isWanted()) {
      wake(batch);
    }
  }

  /**
   * Notes that a message that the filters select has left the stream. Must not change the store.
   */
  public void removed(long sequence) {
    if (follows()) {
      return;
    }
    cursor.removed(sequence);
    if (acknowledgements.isPending(sequence)) {
      stream
          .executor()
          .execute(
              batch -> {
                if (isServing()) {
                  acknowledgements.removed(sequence, batch);
                  register();
                }
              });
    } else if (acknowledgements.isRedelivered(sequence)) {
      acknowledgements.forgetRedelivered(sequence);
      register();
    }
  }

  /** Counts again after many messages have left the stream at once. */
  public void recount() {
    if (follows()) {
      return;
    }
    cursor.recount();
    acknowledgements.forgetRedeliveredBelow(stream.store().firstSequence());
    register();
  }

  /**
   * Notes a purge; what is left for this consumer begins at {@code first}.
   *
   * @param partial whether the filters also select messages that were not purged
   */
  public void purged(long first, boolean partial, WorkBatch batch) {
    if (follows()) {
      return;
    }
    cursor.seekAtLeast(first);
    cursor.recount();
    acknowledgements.purged(first, partial);
    wake(batch);
  }

  // --- at the end of a round ---

  @Override
  public void wake(WorkBatch batch) {
    if (!awake && isServing()) {
      register();
      awake = true;
    }
  }

  private void workAgain(WorkBatch batch) {
    // One that follows delivers nothing, but has a state to write.
    register();
    wake(batch);
  }

  private void register() {
    if (!registered) {
      registry.register(this);
      registered = true;
    }
  }

  /** Delivers what can be delivered, then makes the state durable and confirms acknowledgements. */
  public void work(WorkBatch batch) {
    registered = false;
    if (closed) {
      return;
    }
    if (awake) {
      awake = false;
      WorkStep.CONSUMER_WORK.reach();
      if (replication != null) {
        replication.beginRound();
      }
      deliveries.deliver(batch);
    }
    WorkStep.CONSUMER_FLUSH.reach();
    try {
      state.flush();
    } catch (StoreException e) {
      log.error("The state of {} cannot be written; trying again", this, e);
      retry.set(RETRY);
      return;
    }
    if (agreements != null) {
      agreements.safe();
    }
    if (!ackReplies.isEmpty()) {
      WorkStep.CONSUMER_FLUSHED.reach();
      for (int i = 0; i < ackReplies.size(); i++) {
        account.publish(confirmation(ackReplies.get(i)), batch);
      }
      ackReplies.clear();
    }
    if (replication != null) {
      replication.release(batch);
      if (!replication.propose()) {
        retry.set(PROPOSAL_RETRY);
      }
    }
  }

  /** Schedules {@link #work} again after it has thrown. */
  void workFailed(Throwable failure) {
    awake = false;
    retry.set(RETRY);
  }

  @Override
  public String toString() {
    return "Consumer " + account.name() + " > " + stream.name() + " > " + name;
  }
}
