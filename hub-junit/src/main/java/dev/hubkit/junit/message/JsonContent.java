package dev.hubkit.junit.message;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * JSON in messages:
 *
 * <ul>
 *   <li>{@code json("$.id", 42)} matches messages with a value in their JSON
 *   <li>{@code hasJson("$.items[?(@.price > 10)]")} matches messages whose JSON has any such value
 *   <li>{@code json("{\"id\": 42}")} is a body
 * </ul>
 *
 * <p>Paths are those of the library {@code com.jayway.jsonpath:json-path}, which has to be on the
 * class path for the matchers. A payload that is not JSON does not match.
 */
public final class JsonContent {
  private JsonContent() {}

  /**
   * Matches messages whose JSON has this value at a path. Numbers are compared by their value: 42
   * is 42.0. Where a path can lead to several values ({@code $..id}, {@code $.items[*].id}), one of
   * them has to be the value, or the list of all.
   *
   * @param path a JSONPath such as {@code $.customer.name}
   * @param value a string, number, boolean, null, a {@code Map} by names, an {@code Iterable} or
   *     {@code Object[]} of such values, or a JSON body
   * @throws IllegalArgumentException if the path is not a JSONPath, or the value is none of JSON
   * @throws IllegalStateException if the library is missing
   */
  public static MessageMatcher json(String path, @Nullable Object value) {
    Object expected = JsonTree.of(value);
    String text = JsonTree.text(expected);
    return matcher(
        path,
        "with JSON " + path + " = " + text,
        found -> {
          if (found.values().isEmpty()) {
            return List.of(path + " was absent, not " + text);
          }
          boolean same =
              found.values().stream().anyMatch(each -> JsonTree.same(expected, each))
                  || (!found.definite() && JsonTree.same(expected, found.values()));
          return same ? List.of() : List.of(path + " was " + text(found) + ", not " + text);
        });
  }

  private static String text(FoundValues found) {
    return Quotation.shortened(
        found.values().stream().map(JsonTree::text).collect(Collectors.joining(" and ")));
  }

  /**
   * Matches messages whose JSON has any value at a path, null included.
   *
   * @param path a JSONPath, such as one with a condition: {@code $[?(@.total > 10)]}
   * @throws IllegalArgumentException if the path is not a JSONPath
   * @throws IllegalStateException if the library is missing
   */
  public static MessageMatcher hasJson(String path) {
    return matcher(
        path,
        "with JSON " + path,
        found -> found.values().isEmpty() ? List.of(path + " was absent") : List.of());
  }

  /**
   * Returns a function that reads the value at a path of a message's JSON as text: a string as it
   * is, anything else as JSON. It returns null where there is none, or the payload is not JSON; of
   * several values, the first.
   *
   * @throws IllegalArgumentException if the path is not a JSONPath
   * @throws IllegalStateException if the library is missing
   */
  public static Function<MessageView, @Nullable String> textAt(String path) {
    JsonQuery query = query(path);
    return message -> {
      List<@Nullable Object> values;
      try {
        values = query.find(JsonTree.parse(message.payload())).values();
      } catch (JsonException e) {
        return null;
      }
      Object first = values.isEmpty() ? null : values.get(0);
      return first == null || first instanceof String ? (String) first : JsonTree.text(first);
    };
  }

  private static MessageMatcher matcher(
      String path, String description, Function<FoundValues, List<String>> differences) {
    JsonQuery query = query(path);
    return new MessageMatcher(description) {
      @Override
      public List<String> differences(MessageView message) {
        if (message.isTruncated()) {
          return List.of(path + " is unknown: the payload is " + Quotation.unknown(message));
        }
        Object tree;
        try {
          tree = JsonTree.parse(message.payload());
        } catch (JsonException e) {
          return List.of("no JSON: " + Quotation.shortened(String.valueOf(e.getMessage())));
        }
        return differences.apply(query.find(tree));
      }
    };
  }

  private static JsonQuery query(String path) {
    try {
      return JsonPathQuery.of(path);
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          "Messages are matched by JSONPath with a library that is not on the class path: add"
              + " com.jayway.jsonpath:json-path, and in a module require json.path (missing: "
              + e.getMessage()
              + ")",
          e);
    }
  }

  /** Finds values in JSON. */
  interface JsonQuery {
    FoundValues find(@Nullable Object tree);
  }

  /**
   * The values at a path.
   *
   * @param definite whether the path leads to one value at most
   */
  record FoundValues(List<@Nullable Object> values, boolean definite) {}

  /**
   * Returns what a path leads to in JSON: a string as it is, everything else as JSON text; empty if
   * there is nothing, or no JSON. Where a path can lead to several values, the text is a list.
   *
   * @throws IllegalArgumentException if the path is not a JSONPath
   * @throws IllegalStateException if the library is missing
   */
  public static Optional<String> find(String path, byte[] json) {
    FoundValues found;
    try {
      found = query(path).find(JsonTree.parse(json));
    } catch (JsonException e) {
      return Optional.empty();
    }
    if (found.values().isEmpty()) {
      return Optional.empty();
    }
    Object value = found.definite() ? found.values().get(0) : found.values();
    return Optional.of(value instanceof String text ? text : JsonTree.text(value));
  }

  /**
   * Returns a body of JSON text, as it is.
   *
   * @throws IllegalArgumentException if the text is not one JSON value
   */
  public static Body json(String text) {
    Body body = Body.of(text);
    try {
      Json.parse(body.bytes());
      return body;
    } catch (JsonException e) {
      throw new IllegalArgumentException(
          "Not JSON: " + Quotation.of(text) + " (" + e.getMessage() + ")", e);
    }
  }
}
