package dev.hubkit.junit.history;

import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.history.HistoryEvent.Acked;
import dev.hubkit.junit.history.HistoryEvent.Answered;
import dev.hubkit.junit.history.HistoryEvent.Delivered;
import dev.hubkit.junit.history.HistoryEvent.Incident;
import dev.hubkit.junit.history.HistoryEvent.Marked;
import dev.hubkit.junit.history.HistoryEvent.Published;
import dev.hubkit.junit.history.PubAnswer.Stored;
import dev.hubkit.junit.journal.Acknowledgement;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The events of a history, put together: publications with their answers, and streams with their
 * messages and consumers. Not thread-safe.
 */
final class HistoryModel {

  private final List<HistoryEvent> events;
  private final Map<Long, Answered> answers = new HashMap<>();
  private final List<Publication> publications = new ArrayList<>();
  private final Map<String, StreamRecord> streams = new LinkedHashMap<>();
  private final List<Marked> marks = new ArrayList<>();
  private final List<Incident> incidents = new ArrayList<>();

  private HistoryModel(List<HistoryEvent> events) {
    this.events = events;
  }

  /**
   * Puts the events of an account's clients together, from the last time on that the hub was put
   * back.
   */
  static HistoryModel of(List<HistoryEvent> all, String account) {
    int from = 0;
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i) instanceof Incident incident && incident.kind() == Incident.Kind.REWOUND) {
        from = i + 1;
      }
    }
    HistoryModel model =
        new HistoryModel(
            all.subList(from, all.size()).stream().filter(each -> isOf(account, each)).toList());
    model.read();
    return model;
  }

  private static boolean isOf(String account, HistoryEvent event) {
    if (event instanceof Published published) {
      return published.client().account().equals(account);
    }
    if (event instanceof Delivered delivered) {
      return delivered.client().account().equals(account);
    }
    return !(event instanceof Acked acked) || acked.client().account().equals(account);
  }

  private void read() {
    for (HistoryEvent event : events) {
      if (event instanceof Answered answered) {
        answers.putIfAbsent(answered.to(), answered);
      }
    }
    for (HistoryEvent event : events) {
      if (event instanceof Published published) {
        read(published);
      } else if (event instanceof Delivered delivered) {
        Acknowledgement token = delivered.token();
        stream(token.stream()).consumer(token.consumer()).add(delivered);
      } else if (event instanceof Acked acked) {
        stream(acked.ack().stream()).consumer(acked.ack().consumer()).add(acked);
      } else if (event instanceof Marked marked) {
        marks.add(marked);
      } else if (event instanceof Incident incident) {
        incidents.add(incident);
      }
    }
  }

  private void read(Published published) {
    Publication publication = Publication.of(published, answers.get(published.number()));
    String request = Requests.of(published.subject());
    if (request != null) {
      read(request, published, publication.answered());
      return;
    }
    publications.add(publication);
    if (publication.answer() instanceof Stored stored) {
      StreamRecord stream = stream(stored.stream());
      stream.stored(publication, stored);
      String rollup = publication.header("Nats-Rollup");
      if (rollup != null && !stored.duplicate()) {
        stream.removed(
            new Removal(
                published.number(),
                message ->
                    message.sequence() < stored.sequence()
                        && (rollup.equals("all")
                            || message.subject().equals(published.subject()))));
      }
    }
  }

  private void read(String request, Published published, @Nullable Answered answered) {
    JsonObject answer = answered == null ? null : PubAnswer.object(answered.payload());
    if (answered != null && (answer == null || answer.has("error"))) {
      return;
    }
    // Without an answer, it may have happened.
    long until = answered == null ? Long.MAX_VALUE : answered.number();
    if (request.startsWith(Requests.STREAM_PURGE)) {
      purged(stream(Requests.name(request, Requests.STREAM_PURGE)), published, until);
    } else if (request.startsWith(Requests.MESSAGE_DELETE)) {
      deleted(stream(Requests.name(request, Requests.MESSAGE_DELETE)), published, until);
    } else if (request.startsWith(Requests.STREAM_DELETE)) {
      deletedStream(Requests.name(request, Requests.STREAM_DELETE), answered != null);
    } else if (answer == null || answered == null) {
      return;
    } else if (request.startsWith(Requests.STREAM_CREATE)) {
      configured(Requests.name(request, Requests.STREAM_CREATE), answer);
    } else if (request.startsWith(Requests.STREAM_UPDATE)) {
      configured(Requests.name(request, Requests.STREAM_UPDATE), answer);
    } else if (request.startsWith(Requests.CONSUMER_CREATE)
        || request.startsWith(Requests.DURABLE_CREATE)) {
      consumerCreated(answer, answered.number());
    }
  }

  private void deletedStream(String name, boolean certain) {
    if (certain) {
      streams.remove(name);
    } else {
      stream(name).removed(new Removal(Long.MAX_VALUE, message -> true));
    }
  }

  private void configured(String name, JsonObject answer) {
    JsonObject config = answer.object("config");
    if (config != null) {
      stream(name).configured(StreamTerms.of(config));
    }
  }

  private void consumerCreated(JsonObject answer, long number) {
    JsonObject config = answer.object("config");
    String stream = answer.string("stream_name");
    String name = answer.string("name");
    if (config != null && stream != null && name != null) {
      stream(stream).consumer(name).configured(ConsumerTerms.of(name, config), number);
    }
  }

  private static void purged(StreamRecord stream, Published published, long until) {
    JsonObject asked = PubAnswer.object(published.payload());
    String filter = asked == null ? "" : asked.string("filter", "");
    long below = asked == null ? 0 : asked.unsigned("seq", 0);
    stream.removed(
        new Removal(
            until,
            message ->
                (filter.isEmpty() || Subjects.matches(message.subject(), filter))
                    && (below == 0 || message.sequence() < below)));
  }

  private static void deleted(StreamRecord stream, Published published, long until) {
    JsonObject asked = PubAnswer.object(published.payload());
    long sequence = asked == null ? 0 : asked.unsigned("seq", 0);
    stream.removed(new Removal(until, message -> message.sequence() == sequence));
  }

  private StreamRecord stream(String name) {
    return streams.computeIfAbsent(name, StreamRecord::new);
  }

  List<HistoryEvent> events() {
    return events;
  }

  @Nullable Answered answer(long published) {
    return answers.get(published);
  }

  /** Returns all messages that were published, apart from requests to JetStream's API. */
  List<Publication> publications() {
    return publications;
  }

  Collection<StreamRecord> streams() {
    return streams.values();
  }

  @Nullable StreamRecord knownStream(String name) {
    return streams.get(name);
  }

  List<Marked> marks() {
    return marks;
  }

  List<Incident> incidents() {
    return incidents;
  }
}
