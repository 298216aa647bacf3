package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Marked;
import dev.hubkit.junit.history.ServerState.ConsumerNow;
import dev.hubkit.junit.history.ServerState.StreamNow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The selected part of a history, beside what the server has now. Not thread-safe. */
final class Inspection {
  private final HistoryModel model;
  private final ServerState server;
  private final Selection selection;
  private final Instant now;
  private final Map<String, List<Marked>> marks = new LinkedHashMap<>();
  private final Map<String, Lifetimes> lifetimes = new HashMap<>();

  Inspection(HistoryModel model, ServerState server, Selection selection, Instant now) {
    this.model = model;
    this.server = server;
    this.selection = selection;
    this.now = now;
    for (Marked each : model.marks()) {
      if (each.what().equals(selection.handledAs())) {
        marks.computeIfAbsent(each.key(), key -> new ArrayList<>()).add(each);
      }
    }
  }

  /**
   * A consumer.
   *
   * @param present what the server has of it; null for nothing
   */
  record Consumer(ConsumerRecord recorded, @Nullable ConsumerNow present) {
    boolean acknowledges() {
      ConsumerTerms terms = recorded.terms();
      return terms == null || terms.acknowledges();
    }
  }

  HistoryModel model() {
    return model;
  }

  Selection selection() {
    return selection;
  }

  Instant now() {
    return now;
  }

  @Nullable StreamNow present(StreamRecord stream) {
    return server.stream(stream.name());
  }

  Lifetimes lifetimes(StreamRecord stream) {
    return lifetimes.computeIfAbsent(
        stream.name(),
        name -> {
          // Those of the server count, too, even if the history has nothing of them.
          consumers(stream);
          return new Lifetimes(model, stream, present(stream), now);
        });
  }

  /**
   * Returns the selected streams.
   *
   * @throws AssertionError if there is nothing of what was selected by name, so that no check of it
   *     could fail
   */
  List<StreamRecord> streams() {
    if (model.events().isEmpty()) {
      throw new AssertionError(
          "The history is empty: nothing has happened since it began, so there is nothing to check."
              + " @RecordHistory begins it before the test, hub.recordHistory() when it is called");
    }
    List<StreamRecord> selected = new ArrayList<>();
    String name = selection.stream();
    if (name == null) {
      selected.addAll(model.streams());
    } else {
      StreamRecord known = model.knownStream(name);
      if (known == null && server.stream(name) == null) {
        throw new AssertionError(
            "The history has no stream "
                + name
                + "; it has "
                + names(model.streams().stream().map(StreamRecord::name).toList()));
      }
      selected.add(known == null ? new StreamRecord(name) : known);
    }
    requireConsumer(selected);
    return selected;
  }

  private void requireConsumer(List<StreamRecord> streams) {
    String name = selection.consumer();
    if (name != null && streams.stream().allMatch(each -> consumers(each).isEmpty())) {
      throw new AssertionError(
          "The history has no consumer "
              + name
              + "; it has "
              + names(
                  streams.stream()
                      .flatMap(each -> each.consumers().stream())
                      .map(ConsumerRecord::name)
                      .toList()));
    }
  }

  static String names(List<String> names) {
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  /**
   * Returns the selected consumers: the one that was named, or those of the server and of the
   * history that acknowledge messages.
   */
  List<Consumer> consumers(StreamRecord stream) {
    Map<String, Consumer> all = new LinkedHashMap<>();
    StreamNow present = present(stream);
    if (present != null) {
      for (ConsumerNow each : present.consumers()) {
        ConsumerRecord recorded = stream.consumer(each.terms().name());
        recorded.configured(each.terms());
        all.put(recorded.name(), new Consumer(recorded, each));
      }
    }
    for (ConsumerRecord each : stream.consumers()) {
      all.putIfAbsent(each.name(), new Consumer(each, null));
    }
    String name = selection.consumer();
    return all.values().stream()
        .filter(each -> name == null ? each.acknowledges() : each.recorded().name().equals(name))
        .toList();
  }

  /** Returns what the application has recorded of a message. */
  List<Marked> marks(AcknowledgedMessage message) {
    String key = selection.markOf(message);
    return key == null ? List.of() : marks.getOrDefault(key, List.of());
  }

  /** Returns all that the application has recorded, by key. */
  Map<String, List<Marked>> marks() {
    return marks;
  }
}
