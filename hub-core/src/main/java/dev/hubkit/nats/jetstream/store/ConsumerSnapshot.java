package dev.hubkit.nats.jetstream.store;

import java.util.ArrayList;
import java.util.List;

/**
 * The state of a consumer at one moment. Immutable.
 *
 * @param deliveredConsumer as {@link ConsumerStore#deliveredConsumer}
 * @param deliveredStream as {@link ConsumerStore#deliveredStream}
 * @param floorConsumer as {@link ConsumerStore#floorConsumer}
 * @param floorStream as {@link ConsumerStore#floorStream}
 * @param pending what waits for an acknowledgement
 * @param redelivered what was delivered more than once
 */
public record ConsumerSnapshot(
    long deliveredConsumer,
    long deliveredStream,
    long floorConsumer,
    long floorStream,
    List<Pending> pending,
    List<Redelivered> redelivered) {

  /** A message that waits, by its two sequences, and when it was last delivered. */
  public record Pending(long streamSequence, long consumerSequence, long timestamp) {}

  /** A message, and how often beyond the first time it was delivered. */
  public record Redelivered(long streamSequence, long times) {}

  /** Keeps copies of the lists. */
  public ConsumerSnapshot {
    pending = List.copyOf(pending);
    redelivered = List.copyOf(redelivered);
  }

  /** The state now. */
  public static ConsumerSnapshot of(ConsumerStore store) {
    List<Pending> pending = new ArrayList<>();
    for (long at = store.nextPending(0); at != 0; at = store.nextPending(at + 1)) {
      pending.add(new Pending(at, store.pendingConsumer(at), store.pendingSince(at)));
    }
    List<Redelivered> redelivered = new ArrayList<>();
    for (long at = store.nextRedelivered(0); at != 0; at = store.nextRedelivered(at + 1)) {
      redelivered.add(new Redelivered(at, store.redelivered(at)));
    }
    return new ConsumerSnapshot(
        store.deliveredConsumer(),
        store.deliveredStream(),
        store.floorConsumer(),
        store.floorStream(),
        pending,
        redelivered);
  }

  /** Returns this with all times moved by so many nanoseconds. */
  public ConsumerSnapshot shifted(long nanos) {
    return new ConsumerSnapshot(
        deliveredConsumer,
        deliveredStream,
        floorConsumer,
        floorStream,
        pending.stream()
            .map(
                each ->
                    new Pending(
                        each.streamSequence(), each.consumerSequence(), each.timestamp() + nanos))
            .toList(),
        redelivered);
  }

  /** Gives a store this state, and makes it safe. */
  public void restore(ConsumerStore store) {
    store.reset(deliveredStream);
    store.deliver(deliveredConsumer, deliveredStream);
    store.raiseFloor(floorConsumer, floorStream);
    for (Pending each : pending) {
      store.addPending(each.streamSequence(), each.consumerSequence(), each.timestamp());
    }
    for (Redelivered each : redelivered) {
      store.setRedelivered(each.streamSequence(), each.times());
    }
    store.flush();
  }
}
