package dev.hubkit.json;

import dev.hubkit.text.GoQuote;
import dev.hubkit.text.Utf8;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a value in JSON text is read as: a type of Go, with its name there, which error texts tell.
 * {@link JsonStruct} is the type of an object with known fields. Immutable.
 */
public sealed interface JsonType
    permits JsonStruct,
        JsonType.Scalar,
        JsonType.Whole,
        JsonType.Slice,
        JsonType.Mapping,
        JsonType.Pointer,
        JsonType.Anything,
        JsonType.Custom {
  /** Text. */
  JsonType STRING = new Scalar("string", String.class, "");

  /** True or false. */
  JsonType BOOL = new Scalar("bool", Boolean.class, false);

  /** A number with fractions. */
  JsonType FLOAT64 = new Scalar("float64", Double.class, 0.0);

  /** An integer of 64 bits. */
  JsonType INT = new Whole("int", 64, true);

  /** An integer of 64 bits. */
  JsonType INT64 = new Whole("int64", 64, true);

  /** An integer of 32 bits. */
  JsonType INT32 = new Whole("int32", 32, true);

  /** An integer of 16 bits without sign. */
  JsonType UINT16 = new Whole("uint16", 16, false);

  /** An integer of 64 bits without sign. */
  JsonType UINT64 = new Whole("uint64", 64, false);

  /** Nanoseconds. */
  JsonType DURATION = new Whole("time.Duration", 64, true);

  /** An array of texts. */
  JsonType STRINGS = new Slice("[]string", STRING);

  /** An object with texts. */
  JsonType STRING_MAP = new Mapping("map[string]string", STRING);

  /** An integer of 8 bits without sign. */
  JsonType UINT8 = new Whole("uint8", 8, false);

  /** An integer of 64 bits without sign. */
  JsonType UINT = new Whole("uint", 64, false);

  /** Any value, as {@link Json#parse} returns it. */
  JsonType ANY = new Anything();

  /** Returns the name in Go, as {@code reflect} prints it. */
  String goName();

  /** Text, a boolean, or a number with fractions. */
  record Scalar(String goName, Class<?> kind, Object zero) implements JsonType {}

  /** An integer. */
  record Whole(String goName, int bits, boolean signed) implements JsonType {}

  /** An array whose elements are of one type. */
  record Slice(String goName, JsonType element) implements JsonType {}

  /** An object whose fields have any names and values of one type. */
  record Mapping(String goName, JsonType value) implements JsonType {}

  /** A value that may be missing, which null says. */
  record Pointer(JsonType target) implements JsonType {
    @Override
    public String goName() {
      return "*" + target.goName();
    }
  }

  /** Any value. */
  record Anything() implements JsonType {
    @Override
    public String goName() {
      return "interface {}";
    }
  }

  /**
   * A type with a reader of its own.
   *
   * @param reader gets the text of the value as it stands and throws {@link JsonException}
   */
  record Custom(String goName, Function<byte[], @Nullable Object> reader) implements JsonType {}

  /** Returns an integer type of 64 bits with a name of its own. */
  static JsonType integer(String goName) {
    return new Whole(goName, 64, true);
  }

  /** Returns the type of texts with a name of its own. */
  static JsonType text(String goName) {
    return new Scalar(goName, String.class, "");
  }

  /** Returns the type of arrays with elements of {@code element}. */
  static JsonType slice(JsonType element) {
    return new Slice("[]" + element.goName(), element);
  }

  /** Returns the type of arrays with elements of {@code element}, with a name of its own. */
  static JsonType slice(String goName, JsonType element) {
    return new Slice(goName, element);
  }

  /** Returns the type of objects whose fields are of {@code value}. */
  static JsonType map(JsonType value) {
    return new Mapping("map[string]" + value.goName(), value);
  }

  /** Returns the type of objects whose fields are of {@code value}, with a name of its own. */
  static JsonType map(String goName, JsonType value) {
    return new Mapping(goName, value);
  }

  /** Returns the type of a value of {@code target} that may be missing. */
  static JsonType pointer(JsonType target) {
    return new Pointer(target);
  }

  /** Returns a type with a reader of its own, which gets the text of the value as it stands. */
  static JsonType custom(String goName, Function<byte[], @Nullable Object> reader) {
    return new Custom(goName, reader);
  }

  /**
   * Returns the type of an enumeration, whose constants are texts that may not be written with
   * escapes: those of nats-server compare the JSON text, and refuse null.
   */
  static <E extends Enum<E>> JsonType names(E[] constants, Function<E, String> text) {
    return names(Stream.of(constants).map(text).toList());
  }

  /** {@link #names(Enum[], Function)} of some texts. */
  static JsonType names(Collection<String> names) {
    Set<String> known = Set.copyOf(names);
    return new Custom("enumeration", json -> name(known, json, shown(json)));
  }

  /** {@link #names(Enum[], Function)} of constants that may be in upper case. */
  static <E extends Enum<E>> JsonType namesOfAnyCase(E[] constants, Function<E, String> text) {
    Set<String> known = Stream.of(constants).map(text).collect(Collectors.toUnmodifiableSet());
    return new Custom(
        "enumeration", json -> name(known, json, shown(json).toLowerCase(Locale.ROOT)));
  }

  /** {@link #names(Collection)} of an enumeration that complaints call {@code kind}. */
  static JsonType names(String kind, Collection<String> names) {
    Set<String> known = Set.copyOf(names);
    return new Custom(
        "enumeration",
        json -> {
          String name = unquoted(shown(json));
          if (name == null || !known.contains(name)) {
            throw new JsonException("unknown " + kind + ": " + shown(json));
          }
          return name;
        });
  }

  private static String name(Set<String> known, byte[] json, String shown) {
    String name = unquoted(shown);
    if (name == null || !known.contains(name)) {
      throw new JsonException("can not unmarshal " + GoQuote.quote(json));
    }
    return name;
  }

  private static String shown(byte[] json) {
    return Utf8.decode(json, 0, json.length);
  }

  private static @Nullable String unquoted(String json) {
    return json.startsWith("\"") ? json.substring(1, json.length() - 1) : null;
  }

  /** Returns a reader that takes the value as text, as a call of Go's Unmarshal does. */
  static Function<byte[], @Nullable Object> text(Function<String, @Nullable Object> reader) {
    return raw -> {
      Object text = Json.read(raw, 0, raw.length, STRING);
      return reader.apply(text == null ? "" : (String) text);
    };
  }
}
