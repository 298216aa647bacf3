package dev.hubkit.junit.stub;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.time.GoDuration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The fields of an object in a file of stubs; errors name the place. */
final class FileFields {
  private final String place;
  private final JsonObject object;

  private FileFields(String place, JsonObject object) {
    this.place = place;
    this.object = object;
  }

  /**
   * Makes the fields of an object.
   *
   * @param place where the object is, such as {@code stubs.json: stubs[0]}
   * @throws IllegalArgumentException if it is no object, or has a field that is not among those
   *     known
   */
  static FileFields of(String place, @Nullable Object value, String... known) {
    if (!(value instanceof JsonObject object)) {
      throw new IllegalArgumentException(place + " has to be an object");
    }
    List<String> names = List.of(known);
    for (String name : object.names()) {
      if (!names.contains(name)) {
        throw new IllegalArgumentException(
            place
                + " has an unknown field \""
                + name
                + "\"; it may have "
                + String.join(", ", names));
      }
    }
    return new FileFields(place, object);
  }

  String place() {
    return place;
  }

  String place(String name) {
    return place + "." + name;
  }

  boolean has(String name) {
    return object.names().contains(name);
  }

  /** Returns the value of a field; null if it is absent or null. */
  @Nullable Object get(String name) {
    return has(name) ? object.get(name) : null;
  }

  IllegalArgumentException wrong(String name, String what) {
    return new IllegalArgumentException(place(name) + " " + what);
  }

  String string(String name) {
    if (!(get(name) instanceof String text)) {
      throw wrong(name, has(name) ? "has to be a string" : "is missing");
    }
    return text;
  }

  String string(String name, String unset) {
    return has(name) ? string(name) : unset;
  }

  int integer(String name) {
    if (!(get(name) instanceof Long number) || number.intValue() != number) {
      throw wrong(name, has(name) ? "has to be an integer" : "is missing");
    }
    return number.intValue();
  }

  Duration duration(String name) {
    OptionalLong nanos = GoDuration.parse(string(name));
    if (nanos.isEmpty()) {
      throw wrong(name, "has to be a duration such as \"1m30s\"");
    }
    return Duration.ofNanos(nanos.getAsLong());
  }

  /** Returns the elements of an array; none if it is absent. */
  List<?> array(String name) {
    if (!has(name)) {
      return List.of();
    }
    if (!(get(name) instanceof List<?> list)) {
      throw wrong(name, "has to be an array");
    }
    return list;
  }

  /** Returns the fields of an object by name; none if it is absent. */
  Map<String, @Nullable Object> map(String name) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    if (has(name)) {
      if (!(get(name) instanceof JsonObject fields)) {
        throw wrong(name, "has to be an object");
      }
      fields.names().forEach(each -> map.put(each, fields.get(each)));
    }
    return map;
  }

  /** Returns an object whose fields are a string, or an array of strings, each. */
  Map<String, List<String>> strings(String name) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    map(name)
        .forEach(
            (key, value) -> {
              List<String> values = new ArrayList<>();
              for (Object each : value instanceof List<?> list ? list : List.of(text(value))) {
                if (!(each instanceof String text)) {
                  throw wrong(name + "." + key, "has to be a string or an array of strings");
                }
                values.add(text);
              }
              all.put(key, values);
            });
    return all;
  }

  private static Object text(@Nullable Object value) {
    return value == null ? false : value;
  }

  /** Returns a value as JSON text. */
  static String json(@Nullable Object value) {
    return new String(JsonWriter.compact().any(value).toBytes(), StandardCharsets.UTF_8);
  }

  /** Runs something that rejects a value of this place. */
  <T> T at(String name, Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new IllegalArgumentException(place(name) + ": " + e.getMessage(), e);
    }
  }
}
