package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.store.ConsumerStore;

/**
 * The sequences up to which a consumer has nothing more to hear. There are two floors, as in
 * nats-server: the one here also passes over what the filters leave out; that of the state, which
 * is reported and survives a restart, does not. Confined to the stream's executor.
 */
final class AckFloor {
  private final ConsumerStore state;
  private final Cursor cursor;
  private long consumerSeq;
  private long streamSeq;

  AckFloor(ConsumerStore state, Cursor cursor) {
    this.state = state;
    this.cursor = cursor;
  }

  /** Begins where the cursor is, with nothing delivered. */
  public void start() {
    consumerSeq = 0;
    streamSeq = cursor.next() - 1;
  }

  /** Takes up the state as it was left in an earlier life. */
  public void recover() {
    consumerSeq = state.floorConsumer();
    streamSeq = state.floorStream();
  }

  /** The stream sequence up to which no message is needed any more. */
  public long streamSeq() {
    return streamSeq;
  }

  /** Is a delivery, by its consumer sequence, below the floor? */
  public boolean covers(long delivery) {
    return delivery <= consumerSeq;
  }

  /** What is up to here is done with. */
  public void set(long delivery, long seq) {
    consumerSeq = delivery;
    streamSeq = seq;
  }

  /** Goes up to here, unless it is there already. */
  public void raise(long delivery, long seq) {
    consumerSeq = Math.max(consumerSeq, delivery);
    streamSeq = Math.max(streamSeq, seq);
  }

  /** Everything that was delivered is done with. */
  void setToDelivered() {
    set(state.deliveredConsumer(), cursor.next() - 1);
  }

  /**
   * A message waits no more: if it was the lowest that did, goes up to the next that does.
   *
   * @param delivery its first consumer sequence
   */
  public void passed(long seq, long delivery) {
    if (state.pendingCount() == 0) {
      setToDelivered();
    } else if (delivery == consumerSeq + 1) {
      long next = state.nextPending(seq + 1);
      if (next == 0) {
        set(delivery, seq);
      } else {
        set(state.pendingConsumer(next) - 1, next - 1);
      }
    }
  }

  /** {@link #passed} of the floor of the state. */
  void passedInState(long seq, long delivery) {
    if (state.pendingCount() == 0) {
      state.raiseFloor(state.deliveredConsumer(), state.deliveredStream());
    } else if (delivery == state.floorConsumer() + 1) {
      long next = state.nextPending(seq + 1);
      if (next == 0) {
        state.raiseFloor(delivery, seq);
      } else {
        state.raiseFloor(state.pendingConsumer(next) - 1, next - 1);
      }
    }
  }

  /** Has the state say what is here, and that all before the cursor was delivered. */
  public void write() {
    if (Long.compareUnsigned(streamSeq, state.floorStream()) >= 0) {
      state.deliver(state.deliveredConsumer(), cursor.next() - 1);
      state.raiseFloor(consumerSeq, streamSeq);
    }
  }
}
