package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.store.ConsumerStore;

/**
 * The acknowledgement floors of a consumer: the sequences up to which it awaits nothing more. As in
 * nats-server there are two: the floor here also passes over messages that the filters leave out;
 * the floor of the state, which is reported and survives a restart, does not. Confined to the
 * stream's executor.
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

  /** Recovers from the stored state. */
  public void recover() {
    consumerSeq = state.floorConsumer();
    streamSeq = state.floorStream();
  }

  /** Returns the stream sequence up to which the consumer needs no message any more. */
  public long streamSeq() {
    return streamSeq;
  }

  /** Returns whether a delivery, given by its consumer sequence, is at or below the floor. */
  public boolean covers(long delivery) {
    return delivery <= consumerSeq;
  }

  /** Sets the floor. */
  public void set(long delivery, long seq) {
    consumerSeq = delivery;
    streamSeq = seq;
  }

  /** Raises the floor, unless it is there already. */
  public void raise(long delivery, long seq) {
    consumerSeq = Math.max(consumerSeq, delivery);
    streamSeq = Math.max(streamSeq, seq);
  }

  /** Raises the floor to the last delivery. */
  void setToDelivered() {
    set(state.deliveredConsumer(), cursor.next() - 1);
  }

  /**
   * Notes that a message is no longer pending. If it was the lowest pending one, raises the floor
   * to below the next.
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

  /** Does what {@link #passed} does, for the floor of the state. */
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

  /** Writes the floor into the state, and everything before the cursor as delivered. */
  public void write() {
    if (Long.compareUnsigned(streamSeq, state.floorStream()) >= 0) {
      state.deliver(state.deliveredConsumer(), cursor.next() - 1);
      state.raiseFloor(consumerSeq, streamSeq);
    }
  }
}
