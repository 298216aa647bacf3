package dev.hubkit.junit.trace;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.journal.Acknowledgement;
import dev.hubkit.junit.journal.JournalEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the step that caused a step: a message is published, stored, delivered and acknowledged, a
 * request is published, delivered and answered. What a journal has not seen has no cause here.
 */
final class TraceCauses {
  static final int NONE = -1;

  private static final String ACK = "$JS.ACK.";

  // The steps of messages by account, subject and reply subject, or by stream and sequence.
  private final Map<Key, Integer> published = new HashMap<>();
  private final Map<Key, List<Integer>> unstored = new HashMap<>();
  private final Map<Taker, Integer> taken = new HashMap<>();
  private final Map<Key, Integer> requests = new HashMap<>();
  private final Map<Key, Integer> deliveredRequests = new HashMap<>();
  private final Map<Place, Integer> stored = new HashMap<>();
  private final Map<Place, Integer> acknowledged = new HashMap<>();

  private record Key(String account, String subject, @Nullable String reply) {}

  private record Taker(String stream, Key message) {}

  private record Place(String account, String stream, long sequence) {}

  private TraceCauses() {}

  /** Returns the place of the cause of each step in the list; {@link #NONE} for none. */
  static int[] of(List<TraceStep> steps) {
    TraceCauses causes = new TraceCauses();
    int[] found = new int[steps.size()];
    for (int i = 0; i < found.length; i++) {
      JournalEntry entry = steps.get(i).entry();
      TraceIncident incident = steps.get(i).incident();
      if (entry != null) {
        found[i] = causes.of(i, entry);
      } else {
        found[i] = incident == null ? NONE : causes.of(i, incident);
      }
    }
    return found;
  }

  private int of(int at, TraceIncident incident) {
    return switch (incident.kind()) {
      case STORED -> ofStored(at, incident);
      case REMOVED ->
          get(acknowledged, new Place(incident.account(), incident.stream(), incident.sequence()));
      default -> NONE;
    };
  }

  private int ofStored(int at, TraceIncident incident) {
    stored.put(new Place(incident.account(), incident.stream(), incident.sequence()), at);
    Key key = new Key(incident.account(), incident.text(), incident.reply());
    List<Integer> all = unstored.get(key);
    if (all == null) {
      return NONE;
    }
    // Several streams, such as mirrors, store one message, each in the order of the publishers.
    int next = taken.merge(new Taker(incident.stream(), key), 1, Integer::sum);
    return all.get(Math.min(next, all.size()) - 1);
  }

  private int of(int at, JournalEntry entry) {
    return switch (entry.kind()) {
      case PUBLISHED -> ofPublished(at, entry);
      case DELIVERED -> ofDelivered(at, entry);
      default -> NONE;
    };
  }

  private static String account(JournalEntry entry) {
    return entry.account().orElse("");
  }

  private int ofPublished(int at, JournalEntry entry) {
    String account = account(entry);
    String subject = entry.subject();
    String reply = entry.reply().orElse(null);
    published.put(new Key(account, subject, reply), at);
    if (!subject.startsWith(ACK)) {
      unstored.computeIfAbsent(new Key(account, subject, reply), key -> new ArrayList<>()).add(at);
    }
    if (reply != null) {
      requests.put(new Key(account, reply, null), at);
    }
    entry
        .acknowledgement()
        .filter(Acknowledgement::isFinal)
        .ifPresent(
            ack -> acknowledged.put(new Place(account, ack.stream(), ack.streamSequence()), at));
    return get(deliveredRequests, new Key(account, subject, null));
  }

  private int ofDelivered(int at, JournalEntry entry) {
    String account = account(entry);
    String subject = entry.subject();
    String reply = entry.reply().orElse(null);
    if (reply != null) {
      deliveredRequests.put(new Key(account, reply, null), at);
      if (reply.startsWith(ACK)) {
        Acknowledgement token = Acknowledgement.of(reply, "").orElse(null);
        if (token != null) {
          return get(stored, new Place(account, token.stream(), token.streamSequence()));
        }
      }
    }
    int sent = get(published, new Key(account, subject, reply));
    if (sent != NONE) {
      return sent;
    }
    int request = get(requests, new Key(account, subject, null));
    int confirmed = request == NONE ? NONE : get(stored, confirmed(account, entry));
    return confirmed == NONE ? request : confirmed;
  }

  /** Returns the place that a PubAck confirms; one that does not exist for other messages. */
  private static Place confirmed(String account, JournalEntry entry) {
    byte[] payload = entry.payload();
    if (payload.length == entry.payloadLength() && payload.length > 0 && payload[0] == '{') {
      try {
        JsonObject ack = Json.parseObject(payload);
        if (ack.has("stream") && ack.has("seq")) {
          return new Place(account, ack.string("stream", ""), ack.unsigned("seq", 0));
        }
      } catch (JsonException e) {
        // A service may answer with any bytes.
        return new Place(account, "", 0);
      }
    }
    return new Place(account, "", 0);
  }

  private static <K> int get(Map<K, Integer> places, K key) {
    return places.getOrDefault(key, NONE);
  }
}
