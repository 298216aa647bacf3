package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.text.GoNumber;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Distributed counters (ADR-49): the newest message of a subject holds its value, and a message
 * with {@code Nats-Incr} becomes the next value.
 */
final class Counter {
  // The digits of larger numbers take seconds.
  private static final int MAX_DIGITS = 1 << 16;

  private static final JsonStruct VALUE =
      JsonStruct.of("server.CounterValue").field("val", JsonType.STRING).build();
  private static final JsonType SOURCES = JsonType.map(JsonType.STRING_MAP);

  private Counter() {}

  /**
   * Parses an increment as big integers of Go are parsed in base 10.
   *
   * @return the increment, or null if there is none
   * @throws ApiException {@link ApiError#MESSAGE_INCR_INVALID}
   */
  public static @Nullable BigInteger increment(PublishHeaders headers) {
    String text = headers.text(Name.INCREMENT);
    if (text.isEmpty()) {
      return null;
    }
    BigInteger increment = GoNumber.large(text, MAX_DIGITS);
    if (increment == null) {
      throw ApiError.MESSAGE_INCR_INVALID.exception();
    }
    return increment;
  }

  /**
   * Checks the headers of a message against whether the stream has counters.
   *
   * @throws ApiException if they do not fit
   */
  public static void check(
      PublishHeaders headers,
      @Nullable BigInteger increment,
      Message message,
      StreamConfig config) {
    if (increment == null) {
      return;
    }
    if (!config.allowMessageCounter()) {
      throw ApiError.MESSAGE_INCR_DISABLED.exception();
    }
    if (message.payloadLength() > 0) {
      throw ApiError.MESSAGE_INCR_PAYLOAD.exception();
    }
    if (headers.has(Name.ROLLUP)
        || headers.has(Name.EXPECTED_STREAM)
        || headers.has(Name.EXPECTED_LAST_MESSAGE_ID)
        || headers.has(Name.EXPECTED_LAST_SUBJECT)
        || headers.has(Name.EXPECTED_LAST_SEQUENCE)
        || headers.has(Name.EXPECTED_LAST_SUBJECT_SEQUENCE)) {
      throw ApiError.MESSAGE_INCR_INVALID.exception();
    }
  }

  /** The message to store for an increment, and the value for the acknowledgement. */
  record Step(Message message, String value) {
    /** Returns the end of an acknowledgement with the value, after the sequence. */
    byte[] acknowledgement() {
      return (",\"val\":\"" + value + "\"}").getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Adds an increment to the value of its subject.
   *
   * @param last the last message of the subject; null for none
   * @throws ApiException {@link ApiError#MESSAGE_COUNTER_BROKEN}
   */
  public static Step add(
      Message message,
      String subject,
      PublishHeaders headers,
      BigInteger increment,
      @Nullable StoredMessage last) {
    BigInteger value = BigInteger.ZERO;
    Map<String, Map<String, String>> sources = new TreeMap<>();
    if (last != null) {
      value = value(last.payload());
      PublishHeaders before =
          PublishHeaders.parse(last.buffer(), last.offset(), last.headerLength());
      if (before.has(Name.COUNTER_SOURCES)) {
        sources = sources(before.text(Name.COUNTER_SOURCES));
      }
    }
    byte[] header = message.header();
    BigInteger delta = increment;
    String origin = headers.text(Name.STREAM_SOURCE);
    if (!origin.isEmpty()) {
      // A counter of another stream adds the difference to the value it had before.
      String[] fields = origin.split(" ", -1);
      String originSubject = fields.length >= 5 ? fields[4] : subject;
      BigInteger there = value(message.payload());
      String previous =
          sources
              .computeIfAbsent(fields[0], key -> new TreeMap<>())
              .put(originSubject, there.toString());
      delta = previous == null ? there : there.subtract(number(previous));
      header = HeaderBlock.set(header, Name.INCREMENT.text(), delta.toString());
    }
    String sum = value.add(delta).toString();
    if (!sources.isEmpty()) {
      header = HeaderBlock.set(header, Name.COUNTER_SOURCES.text(), text(sources));
    }
    byte[] payload = ("{\"val\":\"" + sum + "\"}").getBytes(StandardCharsets.UTF_8);
    return new Step(Message.of(message.subject(), message.reply(), header, payload), sum);
  }

  private static BigInteger value(byte[] payload) {
    try {
      return number(Json.unmarshal(payload, VALUE).string("val", ""));
    } catch (JsonException e) {
      throw ApiError.MESSAGE_COUNTER_BROKEN.exception();
    }
  }

  private static BigInteger number(String text) {
    BigInteger number = GoNumber.large(text, MAX_DIGITS);
    // As big.Int of Go does with text that is not a number.
    return number == null ? BigInteger.ZERO : number;
  }

  private static Map<String, Map<String, String>> sources(String json) {
    try {
      Map<String, Map<String, String>> sources = new TreeMap<>();
      byte[] text = json.getBytes(StandardCharsets.UTF_8);
      if (!(Json.unmarshalValue(text, SOURCES) instanceof JsonObject all)) {
        return sources;
      }
      for (String stream : all.names()) {
        Map<String, String> subjects = new TreeMap<>();
        JsonObject values = all.object(stream);
        if (values != null) {
          for (String subject : values.names()) {
            subjects.put(subject, values.string(subject, ""));
          }
        }
        sources.put(stream, subjects);
      }
      return sources;
    } catch (JsonException e) {
      throw ApiError.MESSAGE_COUNTER_BROKEN.exception();
    }
  }

  private static String text(Map<String, Map<String, String>> sources) {
    JsonWriter out = JsonWriter.compact().beginObject();
    sources.forEach(out::field);
    return new String(out.endObject().toBytes(), StandardCharsets.UTF_8);
  }
}
