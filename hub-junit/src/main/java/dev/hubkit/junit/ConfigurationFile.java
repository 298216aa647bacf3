package dev.hubkit.junit;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.support.JsonParseException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A JSON file with the configuration of a stream or a consumer, as the {@code nats} command writes
 * it: the configuration itself, or a description that has it as {@code config}.
 */
final class ConfigurationFile {
  private static final int MOST_BYTES = 1 << 20;

  // What the server adds to metadata (ADR-44).
  private static final String OF_SERVER = "_nats.";

  // How Go writes a time that is not set.
  private static final String NO_TIME = "0001-01-01T00:00:00Z";

  private final NamedFile file;
  private final JsonObject config;

  private ConfigurationFile(NamedFile file) {
    this.file = file;
    byte[] text = file.read(MOST_BYTES);
    this.config = config(parse(text));
  }

  static StreamConfiguration stream(String location, String label) {
    ConfigurationFile file = new ConfigurationFile(new NamedFile(location, label));
    file.check(StreamConfig::parseUntyped);
    try {
      StreamConfiguration read = StreamConfiguration.instance(file.text());
      file.requireSame(read.toJson());
      return read;
    } catch (JsonParseException e) {
      throw file.wrong(e);
    }
  }

  static ConsumerConfiguration.Builder consumer(String location, String label) {
    ConfigurationFile file = new ConfigurationFile(new NamedFile(location, label));
    file.check(ConsumerConfig::parseUntyped);
    try {
      ConsumerConfiguration.Builder read = ConsumerConfiguration.builder().json(file.text());
      file.requireSame(read.build().toJson());
      return read;
    } catch (JsonParseException e) {
      throw file.wrong(e);
    }
  }

  private JsonObject parse(byte[] text) {
    try {
      if (Json.parse(text, 0, text.length) instanceof JsonObject object) {
        return object;
      }
    } catch (JsonException e) {
      throw wrong(e);
    }
    throw file.failure("the file is not a JSON object");
  }

  private static JsonObject config(JsonObject whole) {
    JsonObject inner = whole.object("config");
    return inner == null ? whole : inner;
  }

  // The server's own reader knows all fields and their types.
  private void check(Consumer<JsonObject> reader) {
    try {
      reader.accept(config);
    } catch (JsonException e) {
      throw wrong(e);
    }
  }

  private String text() {
    JsonWriter out = JsonWriter.compact().beginObject();
    for (String name : config.names()) {
      Object value = config.get(name);
      if (name.equals("metadata") && value instanceof JsonObject metadata) {
        out.field(name, ofUser(metadata));
      } else if (!NO_TIME.equals(value)) {
        out.any(name, value);
      }
    }
    return new String(out.endObject().toBytes(), StandardCharsets.UTF_8);
  }

  private static Map<String, String> ofUser(JsonObject metadata) {
    return metadata.names().stream()
        .filter(key -> !key.startsWith(OF_SERVER))
        .collect(Collectors.toMap(key -> key, key -> metadata.string(key, "")));
  }

  /** Verifies that the client has understood all fields that say something. */
  private void requireSame(String understood) {
    byte[] bytes = understood.getBytes(StandardCharsets.UTF_8);
    if (Json.parse(bytes, 0, bytes.length) instanceof JsonObject known) {
      for (String name : config.names()) {
        if (says(config.get(name)) && !known.has(name)) {
          throw file.failure(
              "the NATS client on the class path does not know the field \""
                  + name
                  + "\": use a newer io.nats:jnats, or remove the field");
        }
      }
    }
  }

  private static boolean says(@Nullable Object value) {
    if (value instanceof JsonObject object) {
      return object.names().stream()
          .anyMatch(name -> !name.startsWith(OF_SERVER) && says(object.get(name)));
    }
    return value != null
        && !value.equals(0L)
        && !value.equals(-1L)
        && !value.equals(false)
        && !value.equals("")
        && !value.equals(NO_TIME)
        && !value.equals(List.of());
  }

  private RuntimeException wrong(Exception e) {
    return file.failure(
        "the file is not a configuration as \"nats stream info --json\" or \"nats consumer info"
            + " --json\" writes it: "
            + e.getMessage());
  }
}
