package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.AckSampling;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.protocol.Ack;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.ReplicatedConsumerStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.nats.jetstream.validation.ConsumerUpdate;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.Nanos;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Tracks the deliveries of a consumer that await acknowledgement: processes the answers of clients,
 * and forgets messages that leave the stream before an answer. Confined to the stream's executor.
 */
final class Acknowledgements {
  private static final Log log = Log.of(Acknowledgements.class);

  // So many may be pending however little memory there is.
  private static final int FEW = 1000;
  // What one pending message takes, in tables with spare room.
  private static final long PENDING = 64;

  private static final JsonStruct NAK_OPTIONS =
      JsonStruct.of("server.ConsumerNakOptions").field("delay", JsonType.DURATION).build();

  private static final String GONE = "Unacknowledged message was deleted";

  private final ConsumerContext consumer;
  private final StreamContext stream;
  private final ConsumerStore state;
  private final Cursor cursor;
  private final ConsumerAdvisories advisories;
  private final AckFloor floor;
  private final Redeliveries redeliveries = new Redeliveries();
  private final LastActivity lastActive;
  private final DeliveryLimit limit;
  private final AckDeadlines deadlines;
  private final @Nullable ConsumerStore agreed;
  private AckSampling sampling;
  private boolean shortOfMemory;

  Acknowledgements(
      ConsumerContext consumer, ConsumerStore state, Cursor cursor, ConsumerAdvisories advisories) {
    this.consumer = consumer;
    this.stream = consumer.stream();
    this.state = state;
    this.cursor = cursor;
    this.advisories = advisories;
    this.agreed = state instanceof ReplicatedConsumerStore replicated ? replicated.agreed() : null;
    this.floor = new AckFloor(state, cursor);
    this.lastActive = new LastActivity(stream.time());
    this.limit = new DeliveryLimit(consumer, state, floor, redeliveries, lastActive, advisories);
    this.deadlines = new AckDeadlines(consumer, state, floor, redeliveries, limit);
    this.sampling = AckSampling.parse(config().sampleFreq());
  }

  /** Starts from a state that was just initialized. */
  public void start() {
    floor.start();
  }

  /**
   * Cuts the state back to {@code last}, the last message of a stream that has lost its end, so
   * that new messages with the lost sequences are delivered.
   */
  void dropBeyond(long last) {
    if (state.deliveredStream() <= last) {
      return;
    }
    for (long at = state.nextPending(last + 1); at != 0; at = state.nextPending(at + 1)) {
      state.removePending(at);
    }
    for (long at = state.nextRedelivered(last + 1); at != 0; at = state.nextRedelivered(at + 1)) {
      state.setRedelivered(at, 0);
    }
    state.deliver(state.deliveredConsumer(), last);
    if (state.floorStream() > last) {
      state.raiseFloor(state.deliveredConsumer(), last);
    }
  }

  /**
   * Redelivers messages that may have been delivered but are unknown because a file is damaged,
   * unless clients acknowledge them.
   */
  void awaitUnknown() {
    if (!state.hasUnknown()) {
      return;
    }
    int found = 0;
    if (config().ackPolicy() != AckPolicy.NONE) {
      SubjectFilter filter = SubjectFilter.of(config().filters());
      long consumerSeq = state.floorConsumer();
      long last = state.deliveredStream();
      for (long at = stream.store().nextSequence(filter, state.floorStream() + 1);
          at != 0 && at <= last;
          at = stream.store().nextSequence(filter, at + 1)) {
        consumerSeq = state.isPending(at) ? state.pendingConsumer(at) : consumerSeq + 1;
        if (state.isUnknown(at)) {
          state.addPending(at, consumerSeq, stream.time().epochNanos());
          found++;
        }
      }
      state.deliver(Math.max(state.deliveredConsumer(), consumerSeq), last);
    }
    state.resolveUnknown();
    log.warn(
        "A part of the state of consumer {} of stream {} is damaged; {} messages that may have been"
            + " delivered and acknowledged will be delivered again",
        consumer.name(),
        stream.name(),
        found);
  }

  /** Recovers from the stored state. */
  public void recover() {
    floor.recover();
    forgetRedeliveredBelow(stream.store().firstSequence());
    deadlines.recover();
  }

  /** Adapts to a new configuration, which is already in force. */
  public void update(ConsumerUpdate update, WorkBatch batch) {
    if (update.changesDeliverSubject() && pending() > 0) {
      deadlines.expireAll(batch);
    }
    if (update.before().ackWait() != update.after().ackWait()) {
      deadlines.ackWaitChanged();
    }
    sample(update.after());
  }

  /** Adapts to how many acknowledgements a new configuration has measured. */
  void sample(ConsumerConfig config) {
    sampling = AckSampling.parse(config.sampleFreq());
  }

  /** Returns the messages that are to be delivered again. */
  Redeliveries redeliveries() {
    return redeliveries;
  }

  /** Returns the delivery counts of the messages. */
  public DeliveryLimit limit() {
    return limit;
  }

  LastActivity lastActive() {
    return lastActive;
  }

  public int pending() {
    return state.pendingCount();
  }

  /** Returns how many messages were delivered more than once. */
  int redelivered() {
    return state.redeliveredCount();
  }

  /** Returns whether nothing can be delivered until a message is acknowledged. */
  boolean isFull() {
    int pending = state.pendingCount();
    shortOfMemory = pending > FEW && !stream.jetStream().resources().hasHeap();
    return shortOfMemory || config().isFull(pending);
  }

  /** Returns about how much of the heap the deliveries take, in bytes. */
  public long footprint() {
    return PENDING * state.pendingCount();
  }

  /** Returns the consumer sequence of the last delivery. */
  long lastConsumerSeq() {
    return state.deliveredConsumer();
  }

  /** Returns the stream sequence up to which this consumer needs no message any more. */
  public long floor() {
    return agreed == null ? floor.streamSeq() : agreed.floorStream();
  }

  /**
   * Returns when the last pending message will be redelivered, in nanoseconds since the epoch; 0 if
   * nothing is pending.
   */
  long latestDeadline() {
    return deadlines.latest();
  }

  /** Returns whether the consumer still needs a message that its filters select. */
  boolean needs(long seq) {
    if (agreed != null) {
      return needs(seq, agreed);
    }
    boolean needed =
        seq > floor.streamSeq()
            && (config().ackPolicy() != AckPolicy.EXPLICIT
                || seq >= cursor.next()
                || state.isPending(seq));
    // A message that was given up after too many deliveries stays in the stream for inspection.
    return needed || state.redelivered(seq) > 0;
  }

  // The same on each replica, whether or not it leads.
  private boolean needs(long seq, ConsumerStore known) {
    boolean needed =
        seq > known.floorStream()
            && (config().ackPolicy() != AckPolicy.EXPLICIT
                || seq > known.deliveredStream()
                || known.isPending(seq));
    return needed || known.redelivered(seq) > 0;
  }

  // --- delivering ---

  /** Notes the {@code count}th delivery of a message. */
  public void delivered(long seq, long consumerSeq, long count) {
    lastActive.delivered();
    redeliveries.remove(seq);
    if (count > 1) {
      state.setRedelivered(seq, count - 1);
    }
    state.deliver(consumerSeq, Math.max(seq, state.deliveredStream()));
    if (config().ackPolicy() == AckPolicy.NONE) {
      floor.set(consumerSeq, seq);
      state.raiseFloor(consumerSeq, state.deliveredStream());
      return;
    }
    long original = state.pendingConsumer(seq);
    state.addPending(seq, original == 0 ? consumerSeq : original, lastActive.delivery());
    deadlines.begin(seq);
  }

  /** Notes that a delivery has reached no client. */
  public void undelivered(long seq) {
    if (state.isPending(seq)) {
      redeliveries.addUncounted(seq);
    }
  }

  // --- answers of clients ---

  /**
   * Processes an answer of a client.
   *
   * @return whether to confirm the answer, if the client asked for a confirmation
   */
  public boolean process(Ack ack, WorkBatch batch) {
    switch (ack.kind()) {
      case ACK, NEXT -> {
        return acknowledge(ack.streamSeq(), ack.consumerSeq(), config().flowControl(), ack, batch);
      }
      case TERM -> {
        return terminate(
            ack.streamSeq(), ack.consumerSeq(), ack.deliveries(), ack.argument(), batch);
      }
      case NAK -> nak(ack, batch);
      case PROGRESS -> progress(ack.streamSeq());
      case UNKNOWN -> {}
    }
    return true;
  }

  /**
   * Acknowledges everything up to these sequences, as the answer to a flow control request does.
   */
  void acknowledgeAll(long seq, long consumerSeq, WorkBatch batch) {
    acknowledge(seq, consumerSeq, true, null, batch);
  }

  private boolean acknowledge(
      long seq, long consumerSeq, boolean mayBeAhead, @Nullable Ack sampled, WorkBatch batch) {
    if (seq >= cursor.next() && !mayBeAhead) {
      return false;
    }
    boolean wasFull = shortOfMemory || isFull();
    switch (config().ackPolicy()) {
      case EXPLICIT -> acknowledgeOne(seq, sampled, batch);
      case ALL, FLOW_CONTROL -> {
        if (floor.covers(consumerSeq) || seq <= floor.streamSeq()) {
          return true;
        }
        acknowledgeUpTo(seq, consumerSeq);
      }
      case NONE -> {
        return stream.config().retention() != RetentionPolicy.LIMITS;
      }
    }
    lastActive.acknowledged();
    if (wasFull) {
      consumer.wake(batch);
    }
    return true;
  }

  private void acknowledgeOne(long seq, @Nullable Ack sampled, WorkBatch batch) {
    long original = state.pendingConsumer(seq);
    if (original != 0) {
      if (sampled != null && sampling.sampleNext()) {
        long delay = Nanos.minus(stream.time().epochNanos(), state.pendingSince(seq));
        advisories.acknowledged(sampled, delay, batch);
      }
      state.removePending(seq);
      floor.passed(seq, original);
      floor.passedInState(seq, original);
    }
    state.setRedelivered(seq, 0);
    redeliveries.remove(seq);
    consumer.settled(seq);
  }

  private void acknowledgeUpTo(long seq, long consumerSeq) {
    boolean wasPending = state.isPending(seq);
    boolean exact = stream.jetStream().compatibility().atLeast(Compatibility.V2_15);
    // Earlier releases took the number of a redelivery, which passes over messages still pending.
    long delivery = exact && wasPending ? state.pendingConsumer(seq) : consumerSeq;
    boolean removes = stream.config().retention() != RetentionPolicy.LIMITS;
    List<Long> settled = new ArrayList<>();
    for (long at = state.nextPending(1); at != 0 && at <= seq; at = state.nextPending(at + 1)) {
      state.removePending(at);
      state.setRedelivered(at, 0);
      redeliveries.remove(at);
      if (removes) {
        settled.add(at);
      }
    }
    floor.set(delivery, seq);
    if (wasPending) {
      state.raiseFloor(delivery, seq);
    }
    if (exact && state.pendingCount() == 0) {
      floor.setToDelivered();
      if (wasPending) {
        state.raiseFloor(state.deliveredConsumer(), state.deliveredStream());
      }
    }
    if (removes) {
      settled.forEach(consumer::settled);
      if (!wasPending) {
        consumer.settled(seq);
      }
    }
  }

  /**
   * Redelivers a message at the client's request: at once, or after the delay that the nak names.
   */
  private void nak(Ack ack, WorkBatch batch) {
    long seq = ack.streamSeq();
    if (floor.covers(ack.consumerSeq())
        || ack.consumerSeq() > state.deliveredConsumer() + 1
        || !state.isPending(seq)) {
      return;
    }
    advisories.nakked(ack, batch);
    if (!ack.argument().isEmpty()) {
      OptionalLong delay = delay(ack.argument());
      if (delay.isPresent()) {
        redeliveries.remove(seq);
        deadlines.postpone(seq, delay.getAsLong());
        lastActive.delivered();
        return;
      }
      log.warn("{} ignores the invalid delay of a nak: {}", consumer, ack.argument());
    }
    redeliveries.add(seq);
    consumer.wake(batch);
  }

  private static OptionalLong delay(String argument) {
    if (!argument.startsWith("{")) {
      return GoDuration.parse(argument);
    }
    try {
      byte[] json = argument.getBytes(StandardCharsets.UTF_8);
      return OptionalLong.of(Json.unmarshal(json, NAK_OPTIONS).integer("delay", 0));
    } catch (JsonException e) {
      return OptionalLong.empty();
    }
  }

  /** Restarts the deadline of a message that a client is still working on. */
  private void progress(long seq) {
    if (state.isPending(seq)) {
      lastActive.delivered();
      state.addPending(seq, state.pendingConsumer(seq), lastActive.delivery());
    }
  }

  /** Gives a message up at the client's request; returns as {@link #process} does. */
  private boolean terminate(
      long seq, long consumerSeq, long deliveries, String reason, WorkBatch batch) {
    boolean taken = acknowledge(seq, consumerSeq, config().flowControl(), null, batch);
    advisories.terminated(seq, consumerSeq, deliveries, reason, batch);
    return taken;
  }

  // --- messages that leave the stream ---

  /** Forgets a message that was to be redelivered and is no longer in the stream. */
  void onMissing(long seq, WorkBatch batch) {
    redeliveries.remove(seq);
    if (state.isPending(seq)) {
      terminate(seq, state.pendingConsumer(seq), state.redelivered(seq) + 1, GONE, batch);
    }
  }

  /** Returns whether a message awaits its acknowledgement. */
  public boolean isPending(long seq) {
    return state.isPending(seq);
  }

  /**
   * Returns whether a message was delivered more than once, and neither acknowledged nor removed.
   */
  boolean isRedelivered(long seq) {
    return state.redelivered(seq) > 0;
  }

  /** Notes that a message has left the stream. */
  public void removed(long seq, WorkBatch batch) {
    if (state.isPending(seq)) {
      terminate(seq, state.pendingConsumer(seq), limit.count(seq), GONE, batch);
    } else {
      forgetRedelivered(seq);
    }
  }

  /** Notes that a message that is not {@link #isPending pending} has left the stream. */
  void forgetRedelivered(long seq) {
    state.setRedelivered(seq, 0);
    redeliveries.remove(seq);
  }

  /** Notes that everything below {@code seq} has left the stream. */
  void forgetRedeliveredBelow(long seq) {
    for (long at = state.nextRedelivered(1); at != 0 && at < seq; ) {
      state.setRedelivered(at, 0);
      at = state.nextRedelivered(at + 1);
    }
    redeliveries.removeBelow(seq);
  }

  /**
   * Notes a purge.
   *
   * @param first the first sequence that is left
   * @param partial whether pending messages above it may have been purged as well
   */
  public void purged(long first, boolean partial) {
    if (floor.streamSeq() < first) {
      floor.raise(0, first - 1);
      for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
        if (at <= floor.streamSeq() || (partial && !stream.store().contains(at))) {
          long original = state.pendingConsumer(at);
          floor.raise(original, 0);
          state.removePending(at);
          state.setRedelivered(at, 0);
          if (config().ackPolicy() == AckPolicy.EXPLICIT) {
            floor.passedInState(at, original);
          }
          lastActive.acknowledged();
        }
      }
    }
    if (state.pendingCount() == 0) {
      forgetRedeliveredBelow(Long.MAX_VALUE);
      floor.setToDelivered();
    }
    redeliveries.removeBelow(cursor.next());
    floor.write();
  }

  /** Forgets everything and continues at the cursor. */
  public void reset() {
    state.reset(cursor.next() - 1);
    redeliveries.clear();
    floor.start();
    lastActive.reset();
  }

  public void close() {
    deadlines.close();
    redeliveries.clear();
  }

  private ConsumerConfig config() {
    return consumer.config();
  }
}
