package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Acked;
import dev.hubkit.junit.history.HistoryEvent.Delivered;
import dev.hubkit.junit.history.Inspection.Consumer;
import dev.hubkit.junit.history.ServerState.ConsumerNow;
import dev.hubkit.junit.history.ServerState.StreamNow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds acknowledged messages that were lost, or have not been handled. */
final class LossCheck {
  private final Inspection inspection;
  private final List<String> findings = new ArrayList<>();

  LossCheck(Inspection inspection) {
    this.inspection = inspection;
  }

  // --- lost ---

  /** Returns a text for each message that nobody can get any more, and should have got. */
  List<String> losses() {
    for (StreamRecord stream : inspection.streams()) {
      StreamNow present = inspection.present(stream);
      Lifetimes lifetimes = inspection.lifetimes(stream);
      for (AcknowledgedMessage message : stream.replaced()) {
        if (!lifetimes.mayBeGone(message)) {
          lost(stream, message, " was acknowledged, and another message got its sequence");
        }
      }
      for (AcknowledgedMessage message : stream.messages()) {
        boolean stored = present != null && present.has(message.sequence());
        if (!stored && !lifetimes.mayBeGone(message)) {
          lost(
              stream,
              message,
              present == null
                  ? " was acknowledged, and the stream is gone" + memory(stream)
                  : " was acknowledged, and the stream does not have it" + memory(stream));
        } else {
          check(stream, message, stored);
        }
      }
    }
    return findings;
  }

  private static String memory(StreamRecord stream) {
    return stream.terms().stream().anyMatch(StreamTerms::inMemory)
        ? " (it was kept in memory: storage = FILE survives a crash)"
        : "";
  }

  private void lost(StreamRecord stream, AcknowledgedMessage message, String how) {
    MessageStory story = MessageStory.in(inspection.model()).publication(message);
    inspection
        .consumers(stream)
        .forEach(each -> story.consumption(each.recorded(), message.sequence()));
    findings.add(message + how + story);
  }

  private void check(StreamRecord stream, AcknowledgedMessage message, boolean stored) {
    for (Consumer consumer : inspection.consumers(stream)) {
      ConsumerRecord recorded = consumer.recorded();
      String how =
          inspection.selection().handledAs() != null && recorded.isHandled(message.sequence())
              ? unrecorded(recorded, message)
              : stored ? givenUp(stream, consumer, message) : null;
      if (how != null) {
        findings.add(
            message
                + how
                + MessageStory.in(inspection.model())
                    .publication(message)
                    .consumption(recorded, message.sequence()));
      }
    }
  }

  private @Nullable String unrecorded(ConsumerRecord consumer, AcknowledgedMessage message) {
    return inspection.marks(message).isEmpty()
        ? " was acknowledged by "
            + consumer.name()
            + ", but never recorded as "
            + inspection.selection().handledAs()
        : null;
  }

  /** Returns why the consumer will not deliver a stored message again; null if it may. */
  private @Nullable String givenUp(
      StreamRecord stream, Consumer consumer, AcknowledgedMessage message) {
    ConsumerNow present = consumer.present();
    ConsumerRecord recorded = consumer.recorded();
    long sequence = message.sequence();
    if (present == null
        || !inspection.lifetimes(stream).isConcerned(recorded, message)
        || Lifetimes.hasEnded(recorded, message)
        || present.delivered() < sequence) {
      return null;
    }
    List<Delivered> deliveries = recorded.deliveries(sequence);
    if (isExhausted(present.terms(), recorded, sequence)) {
      return " was never acknowledged by "
          + recorded.name()
          + ", which delivers it "
          + present.terms().maxDeliver()
          + " times at most, and has";
    }
    if (present.unacknowledged() == 0) {
      return deliveries.isEmpty()
          ? " was never delivered by " + recorded.name() + ", which has gone past it"
          : " was never acknowledged by " + recorded.name() + ", which no longer waits for that";
    }
    return null;
  }

  private boolean isExhausted(ConsumerTerms terms, ConsumerRecord consumer, long sequence) {
    List<Delivered> deliveries = consumer.deliveries(sequence);
    if (terms.maxDeliver() == 0 || deliveries.isEmpty()) {
      return false;
    }
    Delivered last = deliveries.get(deliveries.size() - 1);
    if (last.token().deliveries() < terms.maxDeliver()) {
      return false;
    }
    List<Acked> acks = consumer.acks(sequence);
    boolean refused =
        acks.stream()
            .anyMatch(
                each ->
                    each.ack().how().startsWith("-NAK")
                        && each.ack().deliveries() == last.token().deliveries());
    Instant since =
        acks.stream()
            .filter(each -> each.ack().how().startsWith("+WPI"))
            .map(Acked::time)
            .reduce(last.time(), (a, b) -> a.isAfter(b) ? a : b);
    return refused || Duration.between(since, inspection.now()).toNanos() >= terms.ackWait();
  }

  // --- not handled ---

  /** Returns a text for each message that some consumer has not handled. */
  List<String> unhandled() {
    for (StreamRecord stream : inspection.streams()) {
      if (isBucket(stream) && inspection.selection().stream() == null) {
        continue;
      }
      List<AcknowledgedMessage> messages = new ArrayList<>(stream.replaced());
      messages.addAll(stream.messages());
      for (AcknowledgedMessage message : messages) {
        if (inspection.selection().handledAs() == null) {
          unacknowledged(stream, message);
        } else if (inspection.marks(message).isEmpty()) {
          MessageStory story = MessageStory.in(inspection.model()).publication(message);
          inspection
              .consumers(stream)
              .forEach(each -> story.consumption(each.recorded(), message.sequence()));
          findings.add(
              message + " was never recorded as " + inspection.selection().handledAs() + story);
        }
      }
    }
    return findings;
  }

  private static boolean isBucket(StreamRecord stream) {
    return stream.name().startsWith("KV_") || stream.name().startsWith("OBJ_");
  }

  private void unacknowledged(StreamRecord stream, AcknowledgedMessage message) {
    List<Consumer> consumers = inspection.consumers(stream);
    if (consumers.isEmpty()) {
      lost(stream, message, " has no consumer that could handle it");
    }
    for (Consumer consumer : consumers) {
      ConsumerRecord recorded = consumer.recorded();
      long sequence = message.sequence();
      if (inspection.lifetimes(stream).isConcerned(recorded, message)
          && !recorded.isHandled(sequence)) {
        String how =
            Objects.requireNonNullElse(
                givenUp(stream, consumer, message),
                recorded.isTerminated(sequence)
                    ? " was refused for ever (+TERM) by the client of " + recorded.name()
                    : recorded.deliveries(sequence).isEmpty()
                        ? " was never delivered by " + recorded.name()
                        : " was never acknowledged by " + recorded.name());
        findings.add(
            message
                + how
                + MessageStory.in(inspection.model())
                    .publication(message)
                    .consumption(recorded, sequence));
      }
    }
  }
}
