package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.protocol.GetRequest;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import org.jspecify.annotations.Nullable;

/** Finds the message that a request for a single one means. */
public final class MessageLookup {
  private MessageLookup() {}

  /** The one message a request asks for; null when there is none. */
  public static @Nullable StoredMessage find(StreamStore store, GetRequest get) {
    long sequence =
        get.startTime() == null
            ? get.sequence()
            : store.sequenceAt(Rfc3339.epochNanos(get.startTime()));
    if (!get.nextFor().isEmpty()) {
      return store.next(SubjectFilter.of(get.nextFor()), Math.max(1, sequence));
    }
    return sequence > 0 ? store.get(sequence) : store.last(get.lastFor());
  }
}
