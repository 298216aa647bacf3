package dev.hubkit.nats;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The names of the fields of a JSON text and the types of their values, without the values. */
public final class JsonShape {
  private final List<String> left;
  private final Map<String, String> shape = new TreeMap<>();

  private JsonShape(List<String> left) {
    this.left = left;
  }

  /**
   * Returns the types by path.
   *
   * @param left the ends of paths to leave out
   */
  public static Map<String, String> of(String json, List<String> left) {
    JsonShape shape = new JsonShape(left);
    shape.add(Json.parse(json.getBytes(StandardCharsets.UTF_8)), "");
    return shape.shape;
  }

  private void add(@Nullable Object value, String path) {
    if (left.stream().anyMatch(path::endsWith)) {
      return;
    }
    if (value instanceof JsonObject object) {
      object.names().forEach(name -> add(object.get(name), path + "." + name));
    } else if (value instanceof List<?> list) {
      shape.put(path, "array");
      list.forEach(element -> add(element, path + "[]"));
    } else {
      // A rate may be 0 or 0.5; both have the type of a number.
      shape.put(
          path,
          value instanceof Number
              ? "number"
              : value == null ? "null" : value.getClass().getSimpleName());
    }
  }
}
