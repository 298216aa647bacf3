package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.time.Nanos;
import dev.hubkit.time.TimeSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Redelivers messages that are not acknowledged in time, that is within {@code ack_wait} or, for
 * each redelivery in turn, a step of {@code backoff}. Confined to the stream's executor.
 */
final class AckDeadlines {
  /** Messages that fall due this close together are redelivered together. */
  private static final long GRACE = TimeUnit.MILLISECONDS.toNanos(1);

  private static final long NAK_CHECK = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long RECOVERY_CHECK = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long CONFIG_CHECK = TimeUnit.MILLISECONDS.toNanos(100);

  private final ConsumerContext consumer;
  private final TimeSource time;
  private final ConsumerStore state;
  private final AckFloor floor;
  private final Redeliveries redeliveries;
  private final DeliveryLimit limit;
  private final SerialTimer timer;

  AckDeadlines(
      ConsumerContext consumer,
      ConsumerStore state,
      AckFloor floor,
      Redeliveries redeliveries,
      DeliveryLimit limit) {
    this.consumer = consumer;
    this.time = consumer.stream().time();
    this.state = state;
    this.floor = floor;
    this.redeliveries = redeliveries;
    this.limit = limit;
    this.timer = new SerialTimer(time, consumer.stream().executor(), this::check);
  }

  /** Recovers from the stored state. */
  public void recover() {
    if (state.pendingCount() > 0) {
      timer.set(Math.min(RECOVERY_CHECK, Nanos.plus(consumer.config().ackWait(), GRACE)));
    }
  }

  /** Starts the deadline of a message that was delivered. */
  public void begin(long seq) {
    if (consumer.config().ackWait() > 0) {
      long delay = Nanos.plus(allowed(seq), GRACE);
      if (!timer.isSetWithin(delay)) {
        timer.set(delay);
      }
    }
  }

  /** Moves the deadline of a pending message to {@code delay} nanoseconds from now. */
  void postpone(long seq, long delay) {
    long since = Nanos.plus(time.epochNanos() - consumer.config().ackWait(), delay);
    state.addPending(seq, state.pendingConsumer(seq), since);
    if (timer.isSet()) {
      timer.set(NAK_CHECK);
    }
  }

  /** Adapts the deadlines to a changed {@code ack_wait}. */
  void ackWaitChanged() {
    if (timer.isSet()) {
      timer.set(CONFIG_CHECK);
    }
  }

  /** Returns the latest deadline, in nanoseconds since the epoch; 0 if nothing is pending. */
  long latest() {
    long latest = 0;
    for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
      latest = Math.max(latest, state.pendingSince(at) + allowed(at) + GRACE);
    }
    return latest;
  }

  /** Returns the time allowed for the acknowledgement of a pending message. */
  private long allowed(long seq) {
    ConsumerConfig config = consumer.config();
    List<Long> backOff = config.backOff();
    if (backOff.isEmpty()) {
      return config.ackWait();
    }
    long step = backOff.get((int) Math.min(state.redelivered(seq), backOff.size() - 1L));
    return step > 0 ? step : config.ackWait();
  }

  /** Lets all deadlines expire now. */
  void expireAll(WorkBatch batch) {
    Expiring expiring = new Expiring();
    for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
      expiring.add(at, batch);
    }
    if (expiring.any) {
      timer.set(Nanos.plus(consumer.config().ackWait(), GRACE));
    }
    consumer.wake(batch);
  }

  private void check(WorkBatch batch) {
    long ackWait = consumer.config().ackWait();
    if (ackWait == 0) {
      return;
    }
    List<Long> backOff = consumer.config().backOff();
    int last = backOff.size() - 1;
    long first = consumer.stream().store().firstSequence();
    long now = time.epochNanos();
    long next = backOff.isEmpty() ? Nanos.plus(ackWait, GRACE) : backOff.get(last);
    boolean changed = false;
    Expiring expiring = new Expiring();
    for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
      if (at < first || at <= floor.streamSeq()) {
        floor.raise(state.pendingConsumer(at), at);
        state.removePending(at);
        state.setRedelivered(at, 0);
        redeliveries.remove(at);
        changed = true;
        continue;
      }
      long deadline = ackWait;
      if (!backOff.isEmpty()) {
        int step = (int) Math.min(state.redelivered(at), last);
        deadline = backOff.get(step);
        next = Math.min(next, backOff.get(Math.min(step + 1, last)));
      }
      long elapsed = Nanos.minus(now, state.pendingSince(at));
      if (elapsed < deadline) {
        next = Math.min(next, Nanos.minus(deadline, elapsed));
      } else {
        expiring.add(at, batch);
      }
    }
    if (expiring.any) {
      consumer.wake(batch);
    }
    if (state.pendingCount() > 0) {
      timer.set(Math.max(next, 1));
    } else {
      redeliveries.clear();
      floor.setToDelivered();
    }
    if (changed) {
      floor.write();
    }
  }

  /**
   * Messages whose deadlines have passed together. Their times keep their distances, so that the
   * next redelivery comes in the same order.
   */
  private final class Expiring {
    private final long now = time.epochNanos();
    private boolean any;
    private long shift;

    void add(long seq, WorkBatch batch) {
      if (redeliveries.contains(seq) || limit.reached(seq, batch)) {
        return;
      }
      long since = state.pendingSince(seq);
      if (!any) {
        any = true;
        shift = Nanos.minus(now, since);
      }
      redeliveries.add(seq);
      state.addPending(seq, state.pendingConsumer(seq), Nanos.plus(since, shift));
    }
  }

  public void close() {
    timer.cancel();
  }
}
