package dev.hubkit.json;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object as it was read. A field is also found when its name differs in the case of letters,
 * as with Go's decoder; an exact match comes first. The typed accessors treat a missing field and
 * {@code null} as unset, as Go's decoder does, and throw {@link JsonException} for a value of
 * another type, in that decoder's words.
 */
public final class JsonObject {
  private final Map<String, @Nullable Object> fields;

  JsonObject(Map<String, @Nullable Object> fields) {
    this.fields = fields;
  }

  /** Returns an object with these fields, whose values are such as {@link Json#parse} returns. */
  public static JsonObject of(Map<String, ? extends @Nullable Object> fields) {
    return new JsonObject(new LinkedHashMap<>(fields));
  }

  /** Returns the fields, to which a decoder adds. */
  Map<String, @Nullable Object> fields() {
    return fields;
  }

  /** The names of all fields, in the order of the text. */
  public Set<String> names() {
    return Collections.unmodifiableSet(fields.keySet());
  }

  /** Returns whether the field is present and not null. */
  public boolean has(String name) {
    return find(name) != null;
  }

  /** The raw value; null when missing or null. */
  public @Nullable Object get(String name) {
    return find(name);
  }

  private @Nullable Object find(String name) {
    Object exact = fields.get(name);
    if (exact != null || fields.containsKey(name)) {
      return exact;
    }
    for (Map.Entry<String, @Nullable Object> field : fields.entrySet()) {
      if (field.getKey().equalsIgnoreCase(name)) {
        return field.getValue();
      }
    }
    return null;
  }

  /** A string field. */
  public @Nullable String string(String name) {
    return typed(name, String.class, "string");
  }

  /** A string field, or {@code unset}. */
  public String string(String name, String unset) {
    String value = string(name);
    return value == null ? unset : value;
  }

  /**
   * An integer field, or {@code unset}.
   *
   * @throws JsonException if it is beyond 64 bits with a sign
   */
  public long integer(String name, long unset) {
    Number value = integer(name, "int64");
    if (value instanceof BigInteger) {
      throw outOfRange(name, value, "int64");
    }
    return value == null ? unset : value.longValue();
  }

  /** A field of an integer without sign, as its 64 bits, or {@code unset}. */
  public long unsigned(String name, long unset) {
    Number value = integer(name, "uint64");
    if (value == null) {
      return unset;
    }
    if (value instanceof Long number
        ? number < 0
        : value instanceof BigInteger large && (large.signum() < 0 || large.bitLength() > 64)) {
      throw outOfRange(name, value, "uint64");
    }
    return value.longValue();
  }

  private static JsonException outOfRange(String name, Number value, String goType) {
    return new JsonException(
        "json: cannot unmarshal number " + value + " into field " + name + " of type " + goType);
  }

  private @Nullable Number integer(String name, String goType) {
    Object value = find(name);
    return value instanceof BigInteger large ? large : typed(name, Long.class, goType);
  }

  /** A boolean field, or {@code unset}. */
  public boolean bool(String name, boolean unset) {
    Boolean value = typed(name, Boolean.class, "bool");
    return value == null ? unset : value;
  }

  /** An object field. */
  public @Nullable JsonObject object(String name) {
    return typed(name, JsonObject.class, "object");
  }

  /** An object field; one without fields when missing or null. */
  public JsonObject objectOrEmpty(String name) {
    JsonObject value = object(name);
    return value == null ? new JsonObject(Map.of()) : value;
  }

  /** An array of strings; empty when unset. */
  public List<String> strings(String name) {
    return elements(name, String.class);
  }

  /** An array of objects; empty when unset. */
  public List<JsonObject> objects(String name) {
    return elements(name, JsonObject.class);
  }

  /** An array of integers; empty when unset. */
  public List<Long> integers(String name) {
    return elements(name, Long.class);
  }

  private <T> List<T> elements(String name, Class<T> type) {
    List<?> values = typed(name, List.class, "array");
    if (values == null) {
      return List.of();
    }
    List<T> result = new ArrayList<>(values.size());
    for (Object value : values) {
      if (!type.isInstance(value)) {
        throw new JsonException("cannot use " + kind(value) + " as element of field " + name);
      }
      result.add(type.cast(value));
    }
    return result;
  }

  private <T> @Nullable T typed(String name, Class<T> type, String goType) {
    Object value = find(name);
    if (value == null || type.isInstance(value)) {
      return type.cast(value);
    }
    throw new JsonException(
        "json: cannot unmarshal " + kind(value) + " into field " + name + " of type " + goType);
  }

  static String kind(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof String) {
      return "string";
    }
    if (value instanceof Number) {
      return "number";
    }
    if (value instanceof Boolean) {
      return "bool";
    }
    return value instanceof List ? "array" : "object";
  }
}
