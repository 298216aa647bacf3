package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceRequest;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Where what is published to the subjects of a stream comes in. Confined to the stream's lane. */
final class StreamInlet {
  private final Stream stream;
  private final Ingest ingest;
  private final Map<String, Subscription> subscriptions = new HashMap<>();

  StreamInlet(Stream stream, Ingest ingest) {
    this.stream = stream;
    this.ingest = ingest;
  }

  /** Takes what is published to these subjects from here on, and to no others. */
  void take(Collection<String> subjects) {
    Account account = stream.account();
    Set<String> wanted = new HashSet<>(subjects);
    subscriptions
        .entrySet()
        .removeIf(
            entry -> {
              if (wanted.contains(entry.getKey())) {
                return false;
              }
              account.unsubscribe(entry.getValue());
              return true;
            });
    for (String subject : subjects) {
      subscriptions.computeIfAbsent(subject, key -> account.subscribe(key, null, this::deliver));
    }
  }

  // A publisher's thread: the message waits on the lane for the end of the publisher's batch.
  private void deliver(Subscription subscription, Message message, Batch batch) {
    MessageTrace trace = batch.trace();
    if (trace == null) {
      Message kept = message.retain();
      stream.lane().submit(laneBatch -> ingest.receive(kept, laneBatch), batch);
      return;
    }
    // Who reads the message from the stream later is not part of its trace.
    Message kept =
        trace.only()
            ? message.retain()
            : HeaderBlock.with(message, TraceRequest.DESTINATION, TraceRequest.DISABLED);
    MessageTrace.StreamTrace step = trace.stream(stream.name());
    stream.lane().submit(laneBatch -> ingest.receive(kept, step, laneBatch), batch);
  }

  /** Takes no more. */
  void close() {
    subscriptions.values().forEach(stream.account()::unsubscribe);
    subscriptions.clear();
  }
}
