package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.subject.SubjectTrie;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the consumers that a message concerns, by its subject: those with a matching filter and
 * those without filters. Confined to the stream's executor.
 */
final class ConsumerRoutes {
  private final List<Consumer> unfiltered = new ArrayList<>();
  private final SubjectTrie<Consumer> filtered = new SubjectTrie<>();

  /** Routes messages to the consumer by its present filters. */
  public void add(Consumer consumer) {
    List<String> filters = consumer.config().filters();
    if (filters.isEmpty()) {
      unfiltered.add(consumer);
    } else {
      filters.forEach(filter -> filtered.add(filter, consumer));
    }
  }

  /** Stops routing messages to the consumer. Its filters must still be those of {@link #add}. */
  public void remove(Consumer consumer) {
    unfiltered.remove(consumer);
    consumer.config().filters().forEach(filter -> filtered.remove(filter, consumer));
  }

  /** Tells the consumers of a committed message. */
  public void appended(long sequence, String subject, WorkBatch batch) {
    for (int i = 0; i < unfiltered.size(); i++) {
      unfiltered.get(i).stored(sequence, batch);
    }
    if (!filtered.isEmpty()) {
      filtered.match(subject, consumer -> consumer.stored(sequence, batch));
    }
  }

  /** Tells the consumers of a message that has left the stream. Does not change the store. */
  public void removed(long sequence, String subject) {
    for (int i = 0; i < unfiltered.size(); i++) {
      unfiltered.get(i).removed(sequence);
    }
    if (!filtered.isEmpty()) {
      filtered.match(subject, consumer -> consumer.removed(sequence));
    }
  }

  /** Returns whether a consumer would get a message of this subject. */
  public boolean isInterested(String subject) {
    return !unfiltered.isEmpty() || (!filtered.isEmpty() && filtered.hasMatch(subject));
  }

  /** Returns whether a consumer has yet to acknowledge this message. */
  public boolean isNeeded(long sequence, String subject) {
    for (int i = 0; i < unfiltered.size(); i++) {
      if (unfiltered.get(i).acknowledgements().needs(sequence)) {
        return true;
      }
    }
    if (filtered.isEmpty()) {
      return false;
    }
    for (Consumer consumer : filtered.match(subject)) {
      if (consumer.acknowledgements().needs(sequence)) {
        return true;
      }
    }
    return false;
  }
}
