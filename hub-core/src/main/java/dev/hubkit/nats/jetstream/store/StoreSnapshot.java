package dev.hubkit.nats.jetstream.store;

import java.util.ArrayList;
import java.util.List;

/**
 * What a stream's store held at one moment. Immutable; the messages are those of the store, not
 * copies, where it keeps them in memory.
 *
 * @param messages in ascending order of their sequences
 * @param lastSequence the highest sequence given out
 * @param lastTimestamp the time of that sequence, in nanoseconds since the Unix epoch
 */
public record StoreSnapshot(List<StoredMessage> messages, long lastSequence, long lastTimestamp) {
  /** The snapshot of a store that has never held anything. */
  static final StoreSnapshot EMPTY = new StoreSnapshot(List.of(), 0, 0);

  /** Keeps a copy of the list. */
  public StoreSnapshot {
    messages = List.copyOf(messages);
  }

  /** What the store holds now, made safe before. */
  public static StoreSnapshot of(StreamStore store) {
    store.flush();
    List<StoredMessage> messages = new ArrayList<>();
    for (StoredMessage message = store.next(SubjectFilter.ALL, 1);
        message != null;
        message = store.next(SubjectFilter.ALL, message.sequence() + 1)) {
      messages.add(message);
    }
    StoreState state = store.state();
    return new StoreSnapshot(messages, state.lastSequence(), state.lastTimestamp());
  }

  /** Returns this with all times moved by so many nanoseconds. */
  public StoreSnapshot shifted(long nanos) {
    return new StoreSnapshot(
        messages.stream().map(message -> message.at(message.timestamp() + nanos)).toList(),
        lastSequence,
        lastTimestamp == 0 ? 0 : lastTimestamp + nanos);
  }

  /**
   * Fills a store that has never held anything.
   *
   * @throws StoreException if it can't be written; the store then holds a part of it
   */
  public void fill(StreamStore store) {
    long last = 0;
    for (StoredMessage message : messages) {
      store.skip(message.sequence() - last - 1, 0);
      store.appendAt(
          message.sequence(), message.subject(), message, message.timestamp(), message.ttl());
      last = message.sequence();
    }
    store.skip(lastSequence - last, lastTimestamp);
    store.flush();
  }
}
