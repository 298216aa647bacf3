package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.protocol.GetRequest;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import org.jspecify.annotations.Nullable;

/** Finds the message that a get request for a single message asks for. */
public final class MessageLookup {
  private MessageLookup() {}

  /** Returns the message that the request asks for, or null if there is none. */
  public static @Nullable StoredMessage find(StreamStore store, GetRequest get) {
    long sequence = start(store, get);
    if (!get.nextFor().isEmpty()) {
      return store.next(SubjectFilter.of(get.nextFor()), Math.max(1, sequence));
    }
    return sequence > 0 ? store.get(sequence) : store.last(get.lastFor());
  }

  /** Returns the sequence that the request names or its start time stands for; 0 for neither. */
  static long start(StreamStore store, GetRequest get) {
    return get.startTime() == null
        ? get.sequence()
        : store.sequenceAt(Rfc3339.epochNanos(get.startTime()));
  }
}
