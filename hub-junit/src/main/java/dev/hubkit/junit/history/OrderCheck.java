package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Marked;
import dev.hubkit.junit.history.HistoryEvent.Published;
import dev.hubkit.junit.history.Inspection.Consumer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds messages with the same key that were stored or handled in another order than before. */
final class OrderCheck {
  private final Inspection inspection;
  private final List<String> findings = new ArrayList<>();

  OrderCheck(Inspection inspection) {
    this.inspection = inspection;
  }

  /** Returns a text for each message that came before one that should have come first. */
  List<String> disorder() {
    for (StreamRecord stream : inspection.streams()) {
      stored(stream);
      if (inspection.selection().handledAs() == null) {
        inspection.consumers(stream).forEach(each -> handled(stream, each));
      } else {
        recorded(stream);
      }
    }
    return findings;
  }

  /** A message in the order in which something was done with messages. */
  private record Placed(AcknowledgedMessage message, long at) {}

  private @Nullable String key(AcknowledgedMessage message) {
    return inspection.selection().key().of(message.view());
  }

  /** Calls for each pair of messages of a key that came in the wrong order. */
  private void inversions(List<Placed> placed, Inversion found) {
    Map<String, Placed> furthest = new LinkedHashMap<>();
    placed.sort(Comparator.comparingLong(Placed::at));
    for (Placed each : placed) {
      String key = key(each.message());
      Placed before = key == null ? null : furthest.get(key);
      if (key != null
          && before != null
          && before.message().sequence() > each.message().sequence()) {
        found.found(key, before.message(), each.message());
      } else if (key != null) {
        furthest.put(key, each);
      }
    }
  }

  /** Takes two messages with the same key. */
  private interface Inversion {
    void found(String key, AcknowledgedMessage came, AcknowledgedMessage late);
  }

  // A publisher that tries again sends the same message, so its first attempt counts.
  private void stored(StreamRecord stream) {
    Map<String, Map<String, Long>> attempts = new HashMap<>();
    for (Publication each : inspection.model().publications()) {
      String identity = inspection.selection().identityOf(each);
      if (identity != null) {
        Published published = each.published();
        attempts
            .computeIfAbsent(published.client().publisher(), by -> new HashMap<>())
            .putIfAbsent(identity, published.number());
      }
    }
    attempts.forEach(
        (publisher, firsts) -> {
          List<Placed> placed = new ArrayList<>();
          for (AcknowledgedMessage message : stream.messages()) {
            String identity = inspection.selection().identityOf(message.first());
            Long first = identity == null ? null : firsts.get(identity);
            if (first != null
                && message.first().published().client().publisher().equals(publisher)) {
              placed.add(new Placed(message, first));
            }
          }
          inversions(
              placed,
              (key, came, late) ->
                  findings.add(
                      late
                          + " (key "
                          + key
                          + ") was stored before "
                          + came
                          + ", which its client had published first"
                          + attempts(came, late)));
        });
  }

  private MessageStory attempts(AcknowledgedMessage one, AcknowledgedMessage other) {
    MessageStory story = MessageStory.in(inspection.model());
    String first = inspection.selection().identityOf(one.first());
    String second = inspection.selection().identityOf(other.first());
    for (Publication each : inspection.model().publications()) {
      String identity = inspection.selection().identityOf(each);
      if (identity != null && (identity.equals(first) || identity.equals(second))) {
        story.publication(each);
      }
    }
    return story;
  }

  private void handled(StreamRecord stream, Consumer consumer) {
    ConsumerRecord recorded = consumer.recorded();
    List<Placed> placed = new ArrayList<>();
    for (AcknowledgedMessage message : stream.messages()) {
      long sequence = message.sequence();
      (consumer.acknowledges() ? recorded.handled(sequence) : recorded.deliveries(sequence))
          .stream()
              .mapToLong(HistoryEvent::number)
              .min()
              .ifPresent(at -> placed.add(new Placed(message, at)));
    }
    inversions(
        placed,
        (key, came, late) ->
            findings.add(
                late
                    + " (key "
                    + key
                    + ") was handled by "
                    + recorded.name()
                    + " after "
                    + came
                    + MessageStory.in(inspection.model())
                        .publication(late)
                        .publication(came)
                        .consumption(recorded, late.sequence())
                        .consumption(recorded, came.sequence())));
  }

  private void recorded(StreamRecord stream) {
    List<Placed> placed = new ArrayList<>();
    for (AcknowledgedMessage message : stream.messages()) {
      inspection.marks(message).stream()
          .mapToLong(Marked::number)
          .min()
          .ifPresent(at -> placed.add(new Placed(message, at)));
    }
    inversions(
        placed,
        (key, came, late) -> {
          MessageStory story =
              MessageStory.in(inspection.model()).publication(late).publication(came);
          inspection.marks(late).forEach(story::mark);
          inspection.marks(came).forEach(story::mark);
          findings.add(
              late
                  + " (key "
                  + key
                  + ") was recorded as "
                  + inspection.selection().handledAs()
                  + " after "
                  + came
                  + story);
        });
  }
}
