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
import dev.hubkit.nats.jetstream.store.ConsumerStore;
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
 */
public final class Consumer implements ConsumerContext {
  private static final Log log = Log.of(Consumer.class);

  /** The delay before a failed write of the state is repeated. */
  private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

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
  private final List<String> ackReplies = new ArrayList<>();
  private volatile ConsumerConfig config;
  private volatile boolean closed;
  private boolean awake;
  private boolean registered;

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
    this.acknowledgements = new Acknowledgements(this, state, cursor, advisories);
    this.mode =
        config.isPush()
            ? new PushDelivery(this, cursor, acknowledgements, this::interestChanged)
            : new PullDelivery(this, cursor, acknowledgements, advisories);
    this.pause = new ConsumerPause(this, advisories);
    this.deliveries = new DeliveryLoop(this, state, cursor, acknowledgements, mode, pause);
    this.inactivity = new InactivityTimer(this, mode, batch -> registry.delete(this, batch));
    this.subjects =
        new ConsumerSubjects(
            this,
            new AckQueue(stream.executor(), this::takeAcks),
            mode,
            new ConsumerReset(this)::ask);
    this.retry = new SerialTimer(stream.time(), stream.executor(), this::wake);
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

  public ConsumerStore state() {
    return state;
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

  /** Begins to serve clients. */
  public void open(WorkBatch batch) {
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
    if (end()) {
      releasePulls(batch);
      state.close();
    }
  }

  /** Tells clients with waiting pull requests that the server shuts down. */
  public void releasePulls(WorkBatch batch) {
    mode.serverShutdown(batch);
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
    if (!end()) {
      return false;
    }
    mode.consumerDeleted(batch);
    return true;
  }

  private boolean end() {
    if (closed) {
      return false;
    }
    closed = true;
    subjects.close();
    inactivity.close();
    pause.close();
    deliveries.close();
    retry.cancel();
    acknowledgements.close();
    mode.close();
    return true;
  }

  // --- changes ---

  /** Applies a configuration, which has been validated. */
  public void update(ConsumerUpdate update, WorkBatch batch) {
    config = update.after();
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
    if (stream.config().retention() == RetentionPolicy.INTEREST) {
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
    for (int i = 0; i < acks.size() && !closed; i++) {
      try {
        WorkStep.CONSUMER_ACKS.reach();
        process(acks.get(i), batch);
      } catch (Throwable e) {
        // The message will be redelivered; the other acknowledgements count.
        stream.jetStream().supervisor().failed(this, e, null);
      }
    }
    if (closed) {
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
      ackReplies.add(reply);
    }
  }

  // --- from the stream ---

  /** Notes that a message that the filters select has been committed. */
  public void stored(long sequence, WorkBatch batch) {
    boolean due = cursor.stored(sequence);
    if (due && !awake && mode.isWanted()) {
      wake(batch);
    }
  }

  /**
   * Notes that a message that the filters select has left the stream. Must not change the store.
   */
  public void removed(long sequence) {
    cursor.removed(sequence);
    if (acknowledgements.isPending(sequence)) {
      stream
          .executor()
          .execute(
              batch -> {
                if (!closed) {
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
    cursor.seekAtLeast(first);
    cursor.recount();
    acknowledgements.purged(first, partial);
    wake(batch);
  }

  // --- at the end of a round ---

  @Override
  public void wake(WorkBatch batch) {
    if (!awake && !closed) {
      register();
      awake = true;
    }
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
    if (!ackReplies.isEmpty()) {
      WorkStep.CONSUMER_FLUSHED.reach();
      for (int i = 0; i < ackReplies.size(); i++) {
        account.publish(Message.of(ackReplies.get(i), null, NOTHING), batch);
      }
      ackReplies.clear();
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
