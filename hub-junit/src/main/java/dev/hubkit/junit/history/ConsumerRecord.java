package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Acked;
import dev.hubkit.junit.history.HistoryEvent.Delivered;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a history has of a consumer. Not thread-safe. */
final class ConsumerRecord {
  private final String name;
  private final Map<Long, List<Delivered>> deliveries = new LinkedHashMap<>();
  private final Map<Long, List<Acked>> acks = new LinkedHashMap<>();
  private @Nullable ConsumerTerms terms;
  private long created;

  ConsumerRecord(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  void add(Delivered delivered) {
    deliveries
        .computeIfAbsent(delivered.token().streamSequence(), key -> new ArrayList<>())
        .add(delivered);
  }

  void add(Acked acked) {
    acks.computeIfAbsent(acked.ack().streamSequence(), key -> new ArrayList<>()).add(acked);
  }

  /** Notes the configuration, as of an event. */
  void configured(ConsumerTerms as, long number) {
    terms = as;
    created = created == 0 ? number : created;
  }

  void configured(ConsumerTerms as) {
    terms = as;
  }

  /** Returns the configuration; null if the history does not tell. */
  @Nullable ConsumerTerms terms() {
    return terms;
  }

  /** Returns the number of the event that created it; 0 if that was before the history. */
  long created() {
    return created;
  }

  List<Delivered> deliveries(long sequence) {
    return deliveries.getOrDefault(sequence, List.of());
  }

  List<Acked> acks(long sequence) {
    return acks.getOrDefault(sequence, List.of());
  }

  List<Acked> allAcks() {
    return acks.values().stream().flatMap(List::stream).toList();
  }

  List<Delivered> allDeliveries() {
    return deliveries.values().stream().flatMap(List::stream).toList();
  }

  /** Returns whether an acknowledgement says that a message has been handled. */
  static boolean handles(Acked acked) {
    return acked.ack().isFinal() && !acked.ack().how().startsWith("+TERM");
  }

  private boolean acknowledgesAllBefore() {
    return terms != null && terms.acknowledgesAllBefore();
  }

  /** Returns the acknowledgements that say that a message has been handled, one per delivery. */
  List<Acked> handled(long sequence) {
    Map<Long, Acked> byDelivery = new LinkedHashMap<>();
    acks(sequence).stream()
        .filter(ConsumerRecord::handles)
        .forEach(acked -> byDelivery.putIfAbsent(acked.ack().consumerSequence(), acked));
    return List.copyOf(byDelivery.values());
  }

  /** Returns whether the message, delivered or not, counts as handled. */
  boolean isHandled(long sequence) {
    if (terms != null && !terms.acknowledges()) {
      return !deliveries(sequence).isEmpty();
    }
    if (!handled(sequence).isEmpty()) {
      return true;
    }
    return acknowledgesAllBefore()
        && !deliveries(sequence).isEmpty()
        && acks.entrySet().stream()
            .anyMatch(
                each ->
                    each.getKey() > sequence
                        && each.getValue().stream().anyMatch(ConsumerRecord::handles));
  }

  /** Returns whether the application has refused the message for ever. */
  boolean isTerminated(long sequence) {
    return acks(sequence).stream().anyMatch(acked -> acked.ack().how().startsWith("+TERM"));
  }
}
