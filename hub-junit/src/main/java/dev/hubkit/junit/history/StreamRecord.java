package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Delivered;
import dev.hubkit.junit.history.PubAnswer.Stored;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a history has of a stream. Not thread-safe. */
final class StreamRecord {
  private final String name;
  private final TreeMap<Long, AcknowledgedMessage> messages = new TreeMap<>();
  // Acknowledged, and then another message got the sequence.
  private final List<AcknowledgedMessage> replaced = new ArrayList<>();
  private final List<Removal> removals = new ArrayList<>();
  private final List<StreamTerms> terms = new ArrayList<>();
  private final Map<String, ConsumerRecord> consumers = new LinkedHashMap<>();

  StreamRecord(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  void stored(Publication publication, Stored as) {
    AcknowledgedMessage known = messages.get(as.sequence());
    if (known != null && !as.duplicate() && known.isOriginalKnown()) {
      replaced.add(known);
      known = null;
    }
    if (known == null) {
      known = new AcknowledgedMessage(name, as.sequence());
      messages.put(as.sequence(), known);
    }
    known.add(publication);
  }

  void removed(Removal removal) {
    removals.add(removal);
  }

  void configured(StreamTerms as) {
    terms.add(as);
  }

  ConsumerRecord consumer(String consumer) {
    return consumers.computeIfAbsent(consumer, ConsumerRecord::new);
  }

  @Nullable ConsumerRecord knownConsumer(String consumer) {
    return consumers.get(consumer);
  }

  Collection<ConsumerRecord> consumers() {
    return consumers.values();
  }

  Collection<AcknowledgedMessage> messages() {
    return messages.values();
  }

  Collection<AcknowledgedMessage> messagesAfter(long sequence) {
    return messages.tailMap(sequence, false).values();
  }

  @Nullable AcknowledgedMessage message(long sequence) {
    return messages.get(sequence);
  }

  List<AcknowledgedMessage> replaced() {
    return replaced;
  }

  List<Removal> removals() {
    return removals;
  }

  /** Returns all configurations that the history has seen. */
  List<StreamTerms> terms() {
    return terms;
  }

  /** Names a message, also one that was published before the history. */
  String name(long sequence) {
    AcknowledgedMessage message = messages.get(sequence);
    if (message != null) {
      return message.toString();
    }
    String subject =
        consumers.values().stream()
            .flatMap(consumer -> consumer.deliveries(sequence).stream())
            .map(Delivered::subject)
            .findFirst()
            .orElse("");
    return name + ":" + sequence + (subject.isEmpty() ? "" : " on " + subject);
  }
}
