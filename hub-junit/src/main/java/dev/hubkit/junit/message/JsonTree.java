package dev.hubkit.junit.message;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** JSON as maps, lists, strings, numbers, booleans and null. */
final class JsonTree {
  private JsonTree() {}

  /**
   * Reads JSON.
   *
   * @throws dev.hubkit.json.JsonException if the text is not one JSON value
   */
  static @Nullable Object parse(byte[] text) {
    return plain(Json.parse(text));
  }

  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof JsonObject object) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      object.names().forEach(name -> fields.put(name, plain(object.get(name))));
      return fields;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> elements = new ArrayList<>(list.size());
      list.forEach(element -> elements.add(plain(element)));
      return elements;
    }
    return value;
  }

  /**
   * Returns the tree of a value that a test gives.
   *
   * @throws IllegalArgumentException if the value is none of JSON
   */
  static @Nullable Object of(@Nullable Object value) {
    if (value instanceof Body body) {
      return parse(body.bytes());
    }
    if (value instanceof CharSequence || value instanceof Character) {
      return value.toString();
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      map.forEach((name, each) -> fields.put(String.valueOf(name), of(each)));
      return fields;
    }
    if (value instanceof Iterable<?> iterable) {
      List<@Nullable Object> elements = new ArrayList<>();
      iterable.forEach(element -> elements.add(of(element)));
      return elements;
    }
    if (value instanceof Object[] array) {
      return of(Arrays.asList(array));
    }
    if (value == null || value instanceof Boolean || decimal(value) != null) {
      return value;
    }
    throw new IllegalArgumentException(
        "Not a JSON value: "
            + value
            + " ("
            + value.getClass().getName()
            + "); give a string, number, boolean, null, Map, Iterable, array or JSON body");
  }

  /** Returns whether two trees are equal, numbers by their value. */
  static boolean same(@Nullable Object a, @Nullable Object b) {
    BigDecimal number = decimal(a);
    if (number != null) {
      BigDecimal other = decimal(b);
      return other != null && number.compareTo(other) == 0;
    }
    if (a instanceof List<?> list && b instanceof List<?> others) {
      Iterator<?> other = others.iterator();
      return list.size() == others.size()
          && list.stream().allMatch(element -> same(element, other.next()));
    }
    if (a instanceof Map<?, ?> map && b instanceof Map<?, ?> others) {
      return map.keySet().equals(others.keySet())
          && map.entrySet().stream()
              .allMatch(field -> same(field.getValue(), others.get(field.getKey())));
    }
    return Objects.equals(a, b);
  }

  /** Returns the value of a number; null for anything else, and for infinities and NaN. */
  private static @Nullable BigDecimal decimal(@Nullable Object value) {
    if (!(value instanceof Number)) {
      return null;
    }
    try {
      return new BigDecimal(value.toString());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Returns a tree as JSON text. */
  static String text(@Nullable Object tree) {
    if (tree instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(field -> text(field.getKey()) + ":" + text(field.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (tree instanceof List<?> list) {
      return list.stream().map(JsonTree::text).collect(Collectors.joining(",", "[", "]"));
    }
    if (tree instanceof String text) {
      return new String(JsonWriter.compact().any(text).toBytes(), StandardCharsets.UTF_8);
    }
    return String.valueOf(tree);
  }
}
