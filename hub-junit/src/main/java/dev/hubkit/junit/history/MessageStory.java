package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Acked;
import dev.hubkit.junit.history.HistoryEvent.Answered;
import dev.hubkit.junit.history.HistoryEvent.Delivered;
import dev.hubkit.junit.history.HistoryEvent.Incident;
import dev.hubkit.junit.history.HistoryEvent.Marked;
import dev.hubkit.junit.history.PubAnswer.Stored;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Tells what happened to a message, a line for each event. */
final class MessageStory {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final HistoryModel model;
  private final Set<Long> clients = new HashSet<>();
  private final TreeSet<Line> lines = new TreeSet<>(Comparator.comparingLong(Line::number));

  private MessageStory(HistoryModel model) {
    this.model = model;
  }

  private record Line(long number, Instant time, String text) {}

  /** Begins a story. */
  static MessageStory in(HistoryModel model) {
    return new MessageStory(model);
  }

  private void add(HistoryEvent event, String text) {
    lines.add(new Line(event.number(), event.time(), text));
  }

  /** Tells who published a message. */
  MessageStory publication(AcknowledgedMessage message) {
    message.publications().forEach(this::publication);
    return this;
  }

  /** Tells who published. */
  MessageStory publication(Publication publication) {
    clients.add(publication.published().client().id());
    add(
        publication.published(),
        publication.published().client() + " published on " + publication.published().subject());
    Answered answered = publication.answered();
    if (answered != null && publication.answer() instanceof Stored stored) {
      add(
          answered,
          "acknowledged as "
              + stored.stream()
              + ":"
              + stored.sequence()
              + (stored.duplicate() ? ", a duplicate" : ""));
    }
    return this;
  }

  /** Tells what a consumer did with a message. */
  MessageStory consumption(ConsumerRecord consumer, long sequence) {
    for (Delivered each : consumer.deliveries(sequence)) {
      clients.add(each.client().id());
      add(
          each,
          consumer.name()
              + " delivered it to "
              + each.client()
              + ", delivery "
              + each.token().deliveries());
    }
    for (Acked each : consumer.acks(sequence)) {
      add(
          each,
          each.client() + " sent " + each.ack().how() + " of delivery " + each.ack().deliveries());
    }
    return this;
  }

  /** Tells what the application said. */
  MessageStory mark(Marked marked) {
    add(
        marked,
        "thread \"" + marked.thread() + "\" recorded " + marked.what() + " " + marked.key());
    return this;
  }

  /** Returns the lines, with what happened to the server and these clients meanwhile. */
  @Override
  public String toString() {
    if (lines.isEmpty()) {
      return "";
    }
    long begin = lines.first().number();
    for (Incident each : model.incidents()) {
      if (each.number() > begin && (each.client() == 0 || clients.contains(each.client()))) {
        add(each, each.text());
      }
    }
    return lines.stream()
        .map(line -> "\n    " + STAMP.format(line.time()) + " " + line.text())
        .collect(Collectors.joining());
  }

  static String stamp(Instant time) {
    return STAMP.format(time);
  }
}
