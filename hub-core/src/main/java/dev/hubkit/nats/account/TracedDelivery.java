package dev.hubkit.nats.account;

import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/**
 * Delivers a message that is traced, or only traces it: as an account publishes it, with each step
 * reported to the trace. Confined to the publisher's thread.
 */
final class TracedDelivery {
  private final MessageTrace trace;
  private final WorkBatch batch;

  TracedDelivery(MessageTrace trace, WorkBatch batch) {
    this.trace = trace;
    this.batch = batch;
  }

  /** Delivers the message to one subscription; returns how many took it. */
  int deliver(Subscription subscription, Message message, @Nullable Subscriber origin) {
    Subscriber subscriber = subscription.subscriber();
    if (subscriber instanceof SelectiveSubscriber selective) {
      return selective.take(message.subject(), message, batch);
    }
    if (subscriber instanceof StreamImport.Shadow shadow) {
      return shadow(subscription, shadow, message);
    }
    if (subscriber instanceof TraceTarget client) {
      return client(subscription, subscription.subject(), client, message, origin);
    }
    // A part of the server: a stream asks the batch for the trace, others do what they always do.
    subscriber.deliver(subscription, message, batch);
    return 1;
  }

  private int client(
      Subscription subscription,
      String routed,
      TraceTarget client,
      Message message,
      @Nullable Subscriber origin) {
    String refusal =
        client == origin ? MessageTrace.NO_ECHO : client.refusal(subscription, message);
    trace.egress(
        client.id(), client.name(), client.accountName(), routed, subscription.queue(), refusal);
    if (!refusal.isEmpty()) {
      return 0;
    }
    if (!trace.only()) {
      client.deliver(subscription, message, batch);
    }
    return 1;
  }

  private int shadow(Subscription subscription, StreamImport.Shadow shadow, Message message) {
    Message seen = shadow.seen(message, batch);
    if (seen == null) {
      return 0;
    }
    trace.streamExport(shadow.importer().name(), seen.subject());
    Subscription behind = shadow.subscription();
    if (shadow.allowsTrace()) {
      AccountTraffic before = shadow.sendFromExporter(batch);
      try {
        return behind.subscriber() instanceof TraceTarget client
            ? client(behind, subscription.subject(), client, seen, null)
            : deliver(behind, seen, null);
      } finally {
        batch.exporter(before);
      }
    }
    if (!trace.only()) {
      untraced(() -> shadow.pass(seen, batch));
    }
    return 1;
  }

  /** Runs a step that the trace is not to see. */
  void untraced(Runnable step) {
    batch.trace(null);
    try {
      step.run();
    } finally {
      batch.trace(trace);
    }
  }

  /** Returns the message with a header that keeps others from tracing it. */
  static Message disabled(Message message) {
    return HeaderBlock.with(message, TraceHeaders.DESTINATION, TraceHeaders.DISABLED);
  }
}
