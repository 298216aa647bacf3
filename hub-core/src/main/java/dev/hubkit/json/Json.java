package dev.hubkit.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON text into values: {@link JsonObject}, {@link List}, {@link String}, {@link Long},
 * {@link BigInteger} for integers from 2 to the 63rd, {@link Double}, {@link Boolean} and null.
 * Thread-safe.
 */
public final class Json {
  private static final int MAX_DEPTH = 128;
  private static final char REPLACEMENT = '\ufffd';

  static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          // To Go, JSON is always UTF-8, even when zero bytes suggest another encoding.
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(100)
                  .build())
          .build();

  private Json() {}

  /**
   * Reads one value, which only white space may follow.
   *
   * @throws JsonException if the text is not one JSON value, is nested deeper than 128 levels, or
   *     holds an integer beyond 64 bits
   */
  public static @Nullable Object parse(byte[] text, int offset, int length) {
    try (JsonParser parser = FACTORY.createParser(text, offset, length)) {
      return parse(parser);
    } catch (JsonProcessingException e) {
      String decoded = new String(text, offset, length, StandardCharsets.UTF_8);
      if (decoded.indexOf(REPLACEMENT) < 0) {
        throw new JsonException(e.getOriginalMessage());
      }
      // Malformed UTF-8 may be the only problem.
      return parseDecoded(decoded);
    } catch (IOException e) {
      throw new JsonException(String.valueOf(e.getMessage()));
    }
  }

  /** Parses text in which bytes that are not UTF-8 have been replaced, as Go does. */
  private static @Nullable Object parseDecoded(String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return parse(parser);
    } catch (JsonProcessingException e) {
      throw new JsonException(e.getOriginalMessage());
    } catch (IOException e) {
      throw new JsonException(String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Object parse(JsonParser parser) throws IOException {
    JsonToken first = parser.nextToken();
    if (first == null) {
      throw new JsonException("unexpected end of JSON input");
    }
    Object value = value(parser, first);
    if (parser.nextToken() != null) {
      throw new JsonException("invalid character after top-level value");
    }
    return value;
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

  private static @Nullable Object value(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> whole(parser.getText());
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new JsonException("unexpected " + token);
    };
  }

  /** Replaces lone surrogates, which are not characters, as Go does. */
  private static String whole(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return replaced(text, i);
      }
    }
    return text;
  }

  private static String replaced(String text, int first) {
    StringBuilder whole = new StringBuilder(text);
    for (int i = first; i < whole.length(); i++) {
      char c = whole.charAt(i);
      boolean paired =
          Character.isHighSurrogate(c)
              && i + 1 < whole.length()
              && Character.isLowSurrogate(whole.charAt(i + 1));
      if (paired) {
        i++;
      } else if (Character.isSurrogate(c)) {
        whole.setCharAt(i, REPLACEMENT);
      }
    }
    return whole.toString();
  }

  // Go writes unsigned 64-bit sequences.
  private static Number integer(JsonParser parser) throws IOException {
    String digits = parser.getText();
    try {
      if (digits.startsWith("-")) {
        return Long.parseLong(digits);
      }
      long bits = Long.parseUnsignedLong(digits);
      return bits < 0 ? new BigInteger(digits) : bits;
    } catch (NumberFormatException e) {
      throw new JsonException("number " + digits + " does not fit in 64 bits");
    }
  }

  private static JsonObject object(JsonParser parser) throws IOException {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      fields.put(name, value(parser, parser.nextToken()));
    }
    return new JsonObject(fields);
  }

  private static List<@Nullable Object> array(JsonParser parser) throws IOException {
    List<@Nullable Object> values = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      values.add(value(parser, token));
    }
    return values;
  }
}
