package dev.hubkit.json;

import com.fasterxml.jackson.core.JsonFactory;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON text into values: {@link JsonObject}, {@link List}, {@link String}, {@link Long},
 * {@link BigInteger} for integers from 2 to the 63rd, {@link Double}, {@link Boolean} and null.
 * Thread-safe.
 */
public final class Json {
  static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /**
   * Reads one value, which only white space may follow.
   *
   * @throws JsonException if the text is not one JSON value, is nested deeper than 128 levels, or
   *     holds a number beyond the range of 64-bit floating point
   */
  public static @Nullable Object parse(byte[] text, int offset, int length) {
    return read(text, offset, length, JsonType.ANY);
  }

  static @Nullable Object read(byte[] text, int offset, int length, JsonType type) {
    JsonScanner scanner = new JsonScanner(text, offset, offset + length, false);
    return new JsonDecoder(text, scanner, scanner.only(), false).read(type, null);
  }

  /**
   * Reads an object of a type as Go's {@code json.Unmarshal} does: without unknown fields, with the
   * names that the type has, and with nothing that is null there or does not suit the type. Null is
   * an object without fields.
   *
   * @throws JsonException in the words of Go
   */
  public static JsonObject unmarshal(byte[] text, int offset, int length, JsonStruct type) {
    Object value = read(text, offset, length, type);
    return value == null ? new JsonObject(new LinkedHashMap<>()) : (JsonObject) value;
  }

  /** {@link #unmarshal(byte[], int, int, JsonStruct)} of a value of any type; null for null. */
  public static @Nullable Object unmarshalValue(byte[] text, JsonType type) {
    return read(text, 0, text.length, type);
  }

  /** {@link #unmarshal(byte[], int, int, JsonStruct)} of a whole array. */
  public static JsonObject unmarshal(byte[] text, JsonStruct type) {
    return unmarshal(text, 0, text.length, type);
  }

  /** {@link #decode(byte[], int, int, JsonStruct)} of a whole array. */
  public static JsonObject decode(byte[] text, JsonStruct type) {
    return decode(text, 0, text.length, type);
  }

  /**
   * Reads objects of a type one after the other, until the text ends, into one: as Go's {@code
   * json.Decoder} does that disallows unknown fields. There may be none.
   *
   * @throws JsonException in the words of Go
   */
  public static JsonObject decode(byte[] text, int offset, int length, JsonStruct type) {
    int end = offset + length;
    JsonScanner scanner = new JsonScanner(text, offset, end, true);
    Object value = new JsonObject(new LinkedHashMap<>());
    for (int at = scanner.skipSpace(offset); at < end; at = scanner.skipSpace(at)) {
      int next = scanner.skip(at);
      value = new JsonDecoder(text, scanner, at, true).read(type, value);
      at = next;
    }
    return value == null ? new JsonObject(new LinkedHashMap<>()) : (JsonObject) value;
  }

  /**
   * Reads the first object of a type, whatever follows it, as Go's {@code json.Decoder} does:
   * without unknown fields, which are no error.
   *
   * @throws JsonException in the words of Go
   */
  public static JsonObject decodeFirst(byte[] text, int offset, int length, JsonStruct type) {
    JsonScanner scanner = new JsonScanner(text, offset, offset + length, true);
    int at = scanner.skipSpace(offset);
    if (at >= offset + length) {
      throw new JsonException("EOF");
    }
    scanner.skip(at);
    Object value = new JsonDecoder(text, scanner, at, false).read(type, null);
    return value == null ? new JsonObject(new LinkedHashMap<>()) : (JsonObject) value;
  }

  /** {@link #parse(byte[], int, int)} of a whole array. */
  public static @Nullable Object parse(byte[] text) {
    return parse(text, 0, text.length);
  }

  /**
   * Reads an object.
   *
   * @throws JsonException if the text is not JSON or not an object
   */
  public static JsonObject parseObject(byte[] text, int offset, int length) {
    return object(parse(text, offset, length));
  }

  /**
   * Returns a value as an object.
   *
   * @throws JsonException if it is not one
   */
  public static JsonObject object(@Nullable Object value) {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new JsonException("expected an object, got " + JsonObject.kind(value));
  }

  /** {@link #parseObject(byte[], int, int)} of a whole array. */
  public static JsonObject parseObject(byte[] text) {
    return parseObject(text, 0, text.length);
  }

  /** {@link #parseObject(byte[])} of a string. */
  public static JsonObject parseObject(String text) {
    return parseObject(text.getBytes(StandardCharsets.UTF_8));
  }
}
