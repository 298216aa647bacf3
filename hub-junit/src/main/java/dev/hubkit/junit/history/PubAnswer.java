package dev.hubkit.junit.history;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.wire.HeaderBlock;
import org.jspecify.annotations.Nullable;

/** The answer to a published message, as JetStream gives it (ADR-22). */
sealed interface PubAnswer {
  /** The stream has the message, or had it before. */
  record Stored(String stream, long sequence, boolean duplicate) implements PubAnswer {}

  /** The message was not stored. */
  record Refused(long code, String text) implements PubAnswer {}

  /** Returns the answer; null if it is none of JetStream, but a reply of some application. */
  static @Nullable PubAnswer of(HistoryEvent.Answered answered) {
    String status = HeaderBlock.status(answered.header());
    if (!status.isEmpty()) {
      return new Refused(0, status.startsWith("503") ? "503 No Responders" : status);
    }
    JsonObject answer = object(answered.payload());
    if (answer == null) {
      return null;
    }
    try {
      JsonObject error = answer.object("error");
      if (error != null) {
        return new Refused(error.integer("err_code", 0), error.string("description", ""));
      }
      String stream = answer.string("stream");
      return stream == null || !answer.has("seq")
          ? null
          : new Stored(stream, answer.unsigned("seq", 0), answer.bool("duplicate", false));
    } catch (JsonException e) {
      return null;
    }
  }

  /** Returns the JSON object that a payload is; null if it is none. */
  static @Nullable JsonObject object(byte[] payload) {
    if (payload.length == 0 || payload[0] != '{') {
      return null;
    }
    try {
      return Json.parse(payload) instanceof JsonObject object ? object : null;
    } catch (JsonException e) {
      return null;
    }
  }
}
