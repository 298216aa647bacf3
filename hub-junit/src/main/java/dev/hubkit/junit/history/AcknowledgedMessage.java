package dev.hubkit.junit.history;

import dev.hubkit.junit.history.PubAnswer.Stored;
import dev.hubkit.junit.message.MessageView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message that a stream has acknowledged. Not thread-safe. */
final class AcknowledgedMessage {
  private final String stream;
  private final long sequence;
  // The first is that which stored it; others were duplicates of it.
  private final List<Publication> publications = new ArrayList<>();
  private @Nullable MessageView view;

  AcknowledgedMessage(String stream, long sequence) {
    this.stream = stream;
    this.sequence = sequence;
  }

  void add(Publication publication) {
    boolean stored = publication.answer() instanceof Stored as && !as.duplicate();
    publications.add(stored ? 0 : publications.size(), publication);
  }

  /** Returns whether the history has the publication that stored the message. */
  boolean isOriginalKnown() {
    return publications.get(0).answer() instanceof Stored stored && !stored.duplicate();
  }

  String stream() {
    return stream;
  }

  long sequence() {
    return sequence;
  }

  List<Publication> publications() {
    return publications;
  }

  Publication first() {
    return publications.get(0);
  }

  String subject() {
    return first().published().subject();
  }

  MessageView view() {
    MessageView known = view;
    if (known == null) {
      known = first().published().view();
      view = known;
    }
    return known;
  }

  /** Returns the number of the event that acknowledged the message first. */
  long acknowledged() {
    return publications.stream()
        .mapToLong(each -> each.answered() == null ? Long.MAX_VALUE : each.answered().number())
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Returns the name of the message, as {@code ORDERS:7 on orders.soup}. */
  @Override
  public String toString() {
    return stream + ":" + sequence + " on " + subject();
  }
}
