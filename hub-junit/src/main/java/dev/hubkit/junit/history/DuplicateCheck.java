package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Marked;
import dev.hubkit.junit.history.Inspection.Consumer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds messages that a stream has more than once, or that were handled more than once. */
final class DuplicateCheck {
  private final Inspection inspection;
  private final List<String> findings = new ArrayList<>();

  DuplicateCheck(Inspection inspection) {
    this.inspection = inspection;
  }

  /** Returns a text for each message there was more of than one. */
  List<String> duplicates() {
    for (StreamRecord stream : inspection.streams()) {
      stored(stream);
      if (inspection.selection().handledAs() == null) {
        inspection.consumers(stream).forEach(each -> handled(stream, each));
      }
    }
    if (inspection.selection().handledAs() != null) {
      recorded();
    }
    return findings;
  }

  private void stored(StreamRecord stream) {
    Map<String, List<AcknowledgedMessage>> byIdentity = new LinkedHashMap<>();
    for (AcknowledgedMessage message : stream.messages()) {
      String identity = inspection.selection().identityOf(message.first());
      if (identity != null) {
        byIdentity.computeIfAbsent(identity, key -> new ArrayList<>()).add(message);
      }
    }
    byIdentity.forEach(
        (identity, messages) -> {
          if (messages.size() > 1) {
            MessageStory story = MessageStory.in(inspection.model());
            messages.forEach(story::publication);
            findings.add(
                "Message "
                    + identity
                    + " was stored "
                    + messages.size()
                    + " times, as "
                    + messages.stream()
                        .map(AcknowledgedMessage::toString)
                        .collect(Collectors.joining(", "))
                    + story);
          }
        });
  }

  private void handled(StreamRecord stream, Consumer consumer) {
    ConsumerRecord recorded = consumer.recorded();
    List<Long> sequences =
        recorded.allAcks().stream()
            .map(each -> each.ack().streamSequence())
            .distinct()
            .sorted()
            .toList();
    for (long sequence : sequences) {
      int times = recorded.handled(sequence).size();
      if (times > 1) {
        MessageStory story = MessageStory.in(inspection.model());
        AcknowledgedMessage message = stream.message(sequence);
        if (message != null) {
          story.publication(message);
        }
        findings.add(
            stream.name(sequence)
                + " was acknowledged in "
                + times
                + " deliveries of "
                + recorded.name()
                + story.consumption(recorded, sequence));
      }
    }
  }

  private void recorded() {
    for (Map.Entry<String, List<Marked>> each : inspection.marks().entrySet()) {
      int times = each.getValue().size();
      if (times > 1) {
        MessageStory story = MessageStory.in(inspection.model());
        each.getValue().forEach(story::mark);
        String about = "";
        for (StreamRecord stream : inspection.streams()) {
          for (AcknowledgedMessage message : stream.messages()) {
            if (each.getKey().equals(inspection.selection().markOf(message))) {
              about = " (" + message + ")";
              story.publication(message);
              inspection
                  .consumers(stream)
                  .forEach(by -> story.consumption(by.recorded(), message.sequence()));
            }
          }
        }
        findings.add(
            each.getKey()
                + about
                + " was recorded "
                + times
                + " times as "
                + inspection.selection().handledAs()
                + story);
      }
    }
  }
}
