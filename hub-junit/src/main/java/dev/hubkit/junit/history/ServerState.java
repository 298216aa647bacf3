package dev.hubkit.junit.history;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the server has when a history is checked. Not thread-safe. */
final class ServerState {
  // ADR-7: the API's errors.
  private static final long STREAM_NOT_FOUND = 10059;

  private final JetStreamApi api;
  private final Map<String, @Nullable StreamNow> known = new LinkedHashMap<>();

  ServerState(JetStreamApi api) {
    this.api = api;
  }

  /**
   * A stream on the server.
   *
   * @param deleted the sequences between the first and the last that are gone
   */
  record StreamNow(
      StreamTerms terms, long first, long last, Set<Long> deleted, List<ConsumerNow> consumers) {

    boolean has(long sequence) {
      return sequence >= first && sequence <= last && !deleted.contains(sequence);
    }
  }

  /**
   * A consumer on the server.
   *
   * @param delivered the sequence in the stream up to which it has delivered
   * @param unacknowledged how many deliveries wait for an acknowledgement
   */
  record ConsumerNow(ConsumerTerms terms, Instant created, long delivered, long unacknowledged) {}

  /** Verifies that the server answers. */
  void connect() {
    request("INFO", "");
  }

  /** Returns a stream; null if there is none of this name. */
  @Nullable StreamNow stream(String name) {
    if (!known.containsKey(name)) {
      known.put(name, ask(name));
    }
    return known.get(name);
  }

  private @Nullable StreamNow ask(String name) {
    JsonObject info = request("STREAM.INFO." + name, "{\"deleted_details\":true}");
    JsonObject error = info.object("error");
    if (error != null) {
      if (error.integer("err_code", 0) == STREAM_NOT_FOUND) {
        return null;
      }
      throw new IllegalStateException(
          "The history cannot be checked: JetStream was asked for stream "
              + name
              + " and says \""
              + error.string("description", "")
              + '"');
    }
    JsonObject state = info.objectOrEmpty("state");
    JsonObject config = info.objectOrEmpty("config");
    return new StreamNow(
        StreamTerms.of(config),
        state.unsigned("first_seq", 0),
        state.unsigned("last_seq", 0),
        new HashSet<>(state.integers("deleted")),
        consumers(name));
  }

  private List<ConsumerNow> consumers(String stream) {
    List<ConsumerNow> all = new ArrayList<>();
    while (true) {
      JsonObject page = request("CONSUMER.LIST." + stream, "{\"offset\":" + all.size() + "}");
      List<JsonObject> consumers = page.objects("consumers");
      for (JsonObject each : consumers) {
        JsonObject config = each.objectOrEmpty("config");
        Instant created = ConsumerTerms.time(each.string("created", ""));
        all.add(
            new ConsumerNow(
                ConsumerTerms.of(each.string("name", ""), config),
                created == null ? Instant.EPOCH : created,
                each.objectOrEmpty("delivered").unsigned("stream_seq", 0),
                each.integer("num_ack_pending", 0)));
      }
      if (consumers.isEmpty() || all.size() >= page.integer("total", 0)) {
        return all;
      }
    }
  }

  private JsonObject request(String request, String payload) {
    try {
      byte[] answer = api.request("$JS.API." + request, payload.getBytes(StandardCharsets.UTF_8));
      if (Json.parse(answer) instanceof JsonObject object) {
        return object;
      }
      throw new IllegalStateException("JetStream's answer to " + request + " is not JSON");
    } catch (JsonException e) {
      throw new IllegalStateException("JetStream's answer to " + request + " is not JSON", e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The history cannot be checked, because JetStream cannot be asked what it has: "
              + e.getMessage(),
          e);
    }
  }
}
