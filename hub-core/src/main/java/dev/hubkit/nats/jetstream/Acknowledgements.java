package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.time.GoDuration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a consumer has delivered and not heard of: takes acknowledgements, has messages delivered
 * again when their time is up, and gives up on them after so many times. On the stream's lane.
 *
 * <p>Two floors are kept, as nats-server does: that of the state, which is reported and survives a
 * restart, and one that also passes over what the filters leave out.
 */
final class Acknowledgements {
  private static final Logger log = LoggerFactory.getLogger(Acknowledgements.class);

  /** Lets messages that were delivered together fall due together. */
  private static final long GRACE = TimeUnit.MILLISECONDS.toNanos(1);

  private static final long NAK_CHECK = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long RECOVERY_CHECK = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long CONFIG_CHECK = TimeUnit.MILLISECONDS.toNanos(100);

  static final String GONE = "Unacknowledged message was deleted";

  private final Consumer consumer;
  private final ConsumerStore state;
  private final Cursor cursor;
  private final ConsumerAdvisories advisories;
  private final Redeliveries redeliveries = new Redeliveries();
  private final LaneTimer timer;
  private long floorConsumer;
  private long floorStream;
  private long lastDelivery;
  private long lastAck;

  Acknowledgements(
      Consumer consumer, ConsumerStore state, Cursor cursor, ConsumerAdvisories advisories) {
    this.consumer = consumer;
    this.state = state;
    this.cursor = cursor;
    this.advisories = advisories;
    Stream stream = consumer.stream();
    this.timer = new LaneTimer(stream.time(), stream.lane(), this::checkDue);
  }

  /** Begins with a state that was just set to its start. */
  void start() {
    floorConsumer = 0;
    floorStream = cursor.next() - 1;
  }

  /** Takes up the state as it was left in an earlier life. */
  void recover() {
    floorConsumer = state.floorConsumer();
    floorStream = state.floorStream();
    forgetRedeliveredBelow(consumer.stream().store().firstSequence());
    if (state.pendingCount() > 0) {
      timer.set(Math.min(RECOVERY_CHECK, ackWait(0)));
    }
  }

  Redeliveries redeliveries() {
    return redeliveries;
  }

  int pending() {
    return state.pendingCount();
  }

  /** Does nothing more fit until something is acknowledged? */
  boolean isFull() {
    long max = config().maxAckPending();
    return max > 0 && state.pendingCount() >= max;
  }

  /** When the last message was delivered, in nanoseconds since the epoch; 0 for never. */
  long lastDelivery() {
    return lastDelivery;
  }

  /** When the last acknowledgement came, in nanoseconds since the epoch; 0 for never. */
  long lastAck() {
    return lastAck;
  }

  /** The stream sequence up to which this consumer needs no message any more. */
  long floor() {
    return floorStream;
  }

  // --- delivering ---

  /** How often a message that is about to be delivered again will then have been delivered. */
  long countOfNext(long seq) {
    long before = state.redelivered(seq) + 1;
    return redeliveries.isUncounted(seq) ? before : before + 1;
  }

  /**
   * Gives up on a message that is queued to be delivered again, if that would be once too often.
   */
  boolean giveUp(long seq, Batch batch) {
    long max = config().maxDeliver();
    long count = countOfNext(seq);
    if (max <= 0 || count <= max) {
      return false;
    }
    redeliveries.remove(seq);
    state.setRedelivered(seq, count - 1);
    if (count == max + 1) {
      advisories.exceeded(seq, count - 1, batch);
    }
    dropPending(seq);
    return true;
  }

  /** A queued message turns out to be gone from the stream. */
  void vanished(long seq, Batch batch) {
    redeliveries.remove(seq);
    if (state.isPending(seq)) {
      terminate(seq, state.pendingConsumer(seq), state.redelivered(seq) + 1, GONE, batch);
    }
  }

  /** A message is being delivered, for the {@code count}th time. */
  void delivered(long seq, long consumerSeq, long count) {
    long now = time();
    lastDelivery = now;
    redeliveries.remove(seq);
    if (count > 1) {
      state.setRedelivered(seq, count - 1);
    }
    boolean advances = seq > state.deliveredStream();
    state.deliver(consumerSeq, advances ? seq : state.deliveredStream());
    if (config().ackPolicy() == AckPolicy.NONE) {
      floorConsumer = consumerSeq;
      floorStream = seq;
      state.raiseFloor(consumerSeq, state.deliveredStream());
      return;
    }
    long original = state.pendingConsumer(seq);
    state.addPending(seq, original == 0 ? consumerSeq : original, now);
    if (config().ackWait() > 0) {
      long delay = ackWait(backOff(seq));
      if (!timer.isSetWithin(delay)) {
        timer.set(delay);
      }
    }
  }

  /** A delivery has reached nobody. */
  void undelivered(long seq) {
    if (state.isPending(seq)) {
      redeliveries.addUncounted(seq);
    }
  }

  // --- hearing ---

  /**
   * Takes an acknowledgement.
   *
   * @return whether the client is to be told that it was taken, if it wants to know
   */
  boolean acknowledge(Ack ack, Batch batch) {
    return acknowledge(ack.streamSeq(), ack.consumerSeq(), config().flowControl(), ack, batch);
  }

  /** A flow control answer stands for everything up to these sequences. */
  void acknowledgeAll(long seq, long consumerSeq, Batch batch) {
    acknowledge(seq, consumerSeq, true, null, batch);
  }

  private boolean acknowledge(
      long seq, long consumerSeq, boolean mayBeAhead, @Nullable Ack sampled, Batch batch) {
    if (seq >= cursor.next() && !mayBeAhead) {
      return false;
    }
    boolean wasFull = isFull();
    switch (config().ackPolicy()) {
      case EXPLICIT -> acknowledgeOne(seq, sampled, batch);
      case ALL, FLOW_CONTROL -> {
        if (consumerSeq <= floorConsumer || seq <= floorStream) {
          return true;
        }
        acknowledgeUpTo(seq, consumerSeq);
      }
      case NONE -> {
        return consumer.stream().config().retention() != RetentionPolicy.LIMITS;
      }
    }
    lastAck = time();
    if (wasFull) {
      consumer.wake(batch);
    }
    return true;
  }

  private void acknowledgeOne(long seq, @Nullable Ack sampled, Batch batch) {
    long original = state.pendingConsumer(seq);
    if (original != 0) {
      if (sampled != null && consumer.sampling().takes()) {
        advisories.acknowledged(sampled, time() - state.pendingSince(seq), batch);
      }
      state.removePending(seq);
      moveFloor(seq, original);
      moveStateFloor(seq, original);
    }
    state.setRedelivered(seq, 0);
    redeliveries.remove(seq);
    consumer.stream().acknowledged(seq);
  }

  private void acknowledgeUpTo(long seq, long consumerSeq) {
    long floor = seq;
    boolean wasPending = state.isPending(seq);
    for (long at = state.nextPending(1); at != 0 && at <= seq; at = state.nextPending(at + 1)) {
      state.removePending(at);
      state.setRedelivered(at, 0);
      redeliveries.remove(at);
      floor = Math.min(floor, at);
    }
    floorConsumer = consumerSeq;
    floorStream = seq;
    if (wasPending) {
      state.raiseFloor(consumerSeq, seq);
    }
    if (consumer.stream().config().retention() != RetentionPolicy.LIMITS) {
      for (long at = floor; at <= seq; at++) {
        consumer.stream().acknowledged(at);
      }
    }
  }

  /** The client wants the message again: at once, or after the delay that the nak names. */
  void nak(Ack ack, Batch batch) {
    long seq = ack.streamSeq();
    if (ack.consumerSeq() <= floorConsumer
        || ack.consumerSeq() > state.deliveredConsumer() + 1
        || !state.isPending(seq)) {
      return;
    }
    advisories.nakked(ack, batch);
    if (!ack.argument().isEmpty()) {
      OptionalLong delay = delay(ack.argument());
      if (delay.isPresent()) {
        redeliveries.remove(seq);
        state.addPending(
            seq, state.pendingConsumer(seq), time() - config().ackWait() + delay.getAsLong());
        lastDelivery = time();
        if (timer.isSet()) {
          timer.set(NAK_CHECK);
        }
        return;
      }
      log.warn("{} got a nak with a bad delay: {}", consumer, ack.argument());
    }
    redeliveries.add(seq);
    consumer.wake(batch);
  }

  private static OptionalLong delay(String argument) {
    if (!argument.startsWith("{")) {
      return GoDuration.parse(argument);
    }
    try {
      return OptionalLong.of(Json.parseObject(argument).integer("delay", 0));
    } catch (JsonException e) {
      return OptionalLong.empty();
    }
  }

  /** The client is at work: its time begins anew. */
  void progress(long seq) {
    if (state.isPending(seq)) {
      state.addPending(seq, state.pendingConsumer(seq), time());
      lastDelivery = time();
    }
  }

  /** The message is not to be delivered again; true as for {@link #acknowledge}. */
  boolean terminate(long seq, long consumerSeq, long deliveries, String reason, Batch batch) {
    boolean taken = acknowledge(seq, consumerSeq, config().flowControl(), null, batch);
    advisories.terminated(seq, consumerSeq, deliveries, reason, batch);
    return taken;
  }

  // --- losing ---

  /** A message has left the stream, for whatever reason. */
  void removed(long seq, Batch batch) {
    if (state.isPending(seq)) {
      terminate(seq, state.pendingConsumer(seq), countOf(seq), GONE, batch);
    } else {
      state.setRedelivered(seq, 0);
      redeliveries.remove(seq);
    }
  }

  /** Everything below {@code seq} has left the stream. */
  void forgetRedeliveredBelow(long seq) {
    for (long at = state.nextRedelivered(1); at != 0 && at < seq; ) {
      state.setRedelivered(at, 0);
      at = state.nextRedelivered(at + 1);
    }
    redeliveries.removeBelow(seq);
  }

  /**
   * Messages were purged.
   *
   * @param first what is left begins here
   * @param partial whether some of those that wait may be gone although they come after that
   */
  void purged(long first, boolean partial) {
    if (floorStream < first) {
      floorStream = first - 1;
      for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
        if (at <= floorStream || (partial && !consumer.stream().store().contains(at))) {
          long original = state.pendingConsumer(at);
          floorConsumer = Math.max(floorConsumer, original);
          state.removePending(at);
          state.setRedelivered(at, 0);
          if (config().ackPolicy() == AckPolicy.EXPLICIT) {
            moveStateFloor(at, original);
          }
          lastAck = time();
        }
      }
    }
    if (state.pendingCount() == 0) {
      forgetRedeliveredBelow(Long.MAX_VALUE);
      floorConsumer = state.deliveredConsumer();
      floorStream = cursor.next() - 1;
    }
    redeliveries.removeBelow(cursor.next());
    writeState();
  }

  /** Forgets everything; goes on at the cursor. */
  void reset() {
    state.reset(cursor.next() - 1);
    redeliveries.clear();
    floorConsumer = 0;
    floorStream = cursor.next() - 1;
    lastDelivery = 0;
    lastAck = 0;
  }

  /** Has everything that waits delivered again, at once. */
  void expireAll(Batch batch) {
    long now = time();
    long shift = 0;
    boolean first = true;
    for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
      if (!redeliveries.contains(at) && !reachedMax(at, batch)) {
        if (first) {
          shift = now - state.pendingSince(at);
          first = false;
        }
        redeliveries.add(at);
        state.addPending(at, state.pendingConsumer(at), state.pendingSince(at) + shift);
      }
    }
    if (!first) {
      timer.set(ackWait(0));
    }
    consumer.wake(batch);
  }

  /** The time to wait for acknowledgements has been changed. */
  void ackWaitChanged() {
    if (timer.isSet()) {
      timer.set(CONFIG_CHECK);
    }
  }

  /** Does this consumer still need a message that its filters select? */
  boolean needs(long seq) {
    boolean needed =
        seq > floorStream
            && (config().ackPolicy() != AckPolicy.EXPLICIT
                || seq >= cursor.next()
                || state.isPending(seq));
    // What was given up on after too many deliveries stays for somebody to look at.
    return needed || state.redelivered(seq) > 0;
  }

  /** When the last of what waits will have been given up on, in nanoseconds; 0 for nothing. */
  long latestDeadline() {
    long latest = 0;
    for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
      latest = Math.max(latest, state.pendingSince(at) + ackWait(backOff(at)));
    }
    return latest;
  }

  void close() {
    timer.cancel();
  }

  // --- waiting ---

  private void checkDue(Batch batch) {
    long wait = config().ackWait();
    if (wait == 0) {
      return;
    }
    long firstInStream = consumer.stream().store().firstSequence();
    long now = time();
    int backOffs = config().backOff().size();
    long next = backOffs == 0 ? ackWait(0) : config().backOff().get(backOffs - 1);
    boolean changed = false;
    boolean expired = false;
    long shift = 0;
    for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
      if (at < firstInStream || at <= floorStream) {
        floorStream = Math.max(floorStream, at);
        floorConsumer = Math.max(floorConsumer, state.pendingConsumer(at));
        state.removePending(at);
        state.setRedelivered(at, 0);
        redeliveries.remove(at);
        changed = true;
        continue;
      }
      long deadline = wait;
      if (backOffs > 0) {
        int step = (int) Math.min(state.redelivered(at), backOffs - 1L);
        deadline = config().backOff().get(step);
        next = Math.min(next, config().backOff().get(Math.min(step + 1, backOffs - 1)));
      }
      long elapsed = now - state.pendingSince(at);
      if (elapsed < deadline) {
        next = Math.min(next, deadline - elapsed);
      } else if (!redeliveries.contains(at) && !reachedMax(at, batch)) {
        // Times keep their distances, so that the next redelivery comes in the same order.
        if (!expired) {
          shift = now - state.pendingSince(at);
          expired = true;
        }
        redeliveries.add(at);
        state.addPending(at, state.pendingConsumer(at), state.pendingSince(at) + shift);
      }
    }
    if (expired) {
      consumer.wake(batch);
    }
    if (state.pendingCount() > 0) {
      timer.set(Math.max(next, 1));
    } else {
      redeliveries.clear();
      floorConsumer = state.deliveredConsumer();
      floorStream = cursor.next() - 1;
    }
    if (changed) {
      writeState();
    }
  }

  /** Gives up on a message whose time is up when it was delivered as often as it may be. */
  private boolean reachedMax(long seq, Batch batch) {
    long max = config().maxDeliver();
    long count = countOf(seq);
    if (max <= 0 || count < max) {
      return false;
    }
    if (count == max) {
      advisories.exceeded(seq, count, batch);
    }
    if (isFull()) {
      consumer.wake(batch);
    }
    dropPending(seq);
    state.setRedelivered(seq, Math.max(count, state.redelivered(seq)));
    return true;
  }

  private void dropPending(long seq) {
    long original = state.pendingConsumer(seq);
    if (original != 0) {
      state.removePending(seq);
      lastDelivery = time();
      moveFloor(seq, original);
    }
  }

  // As deliveryCount of nats-server, which takes one and two deliveries for the same.
  private long countOf(long seq) {
    return Math.max(1, state.redelivered(seq));
  }

  private void moveFloor(long seq, long original) {
    if (state.pendingCount() == 0) {
      floorConsumer = state.deliveredConsumer();
      floorStream = cursor.next() - 1;
    } else if (original == floorConsumer + 1) {
      floorConsumer = original;
      floorStream = seq;
      long next = state.nextPending(seq + 1);
      if (next != 0) {
        floorConsumer = state.pendingConsumer(next) - 1;
        floorStream = next - 1;
      }
    }
  }

  private void moveStateFloor(long seq, long original) {
    if (state.pendingCount() == 0) {
      state.raiseFloor(state.deliveredConsumer(), state.deliveredStream());
    } else if (original == state.floorConsumer() + 1) {
      long next = state.nextPending(seq + 1);
      if (next == 0) {
        state.raiseFloor(original, seq);
      } else {
        state.raiseFloor(state.pendingConsumer(next) - 1, next - 1);
      }
    }
  }

  private void writeState() {
    if (Long.compareUnsigned(floorStream, state.floorStream()) < 0) {
      return;
    }
    state.deliver(state.deliveredConsumer(), cursor.next() - 1);
    state.raiseFloor(floorConsumer, floorStream);
  }

  private long backOff(long seq) {
    int steps = config().backOff().size();
    return steps == 0
        ? 0
        : config().backOff().get((int) Math.min(state.redelivered(seq), steps - 1L));
  }

  private long ackWait(long backOff) {
    return (backOff > 0 ? backOff : config().ackWait()) + GRACE;
  }

  private ConsumerConfig config() {
    return consumer.config();
  }

  private long time() {
    return consumer.stream().time().epochNanos();
  }
}
