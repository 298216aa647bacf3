package dev.hubkit.json;

import dev.hubkit.text.GoQuote;
import dev.hubkit.text.Utf8;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON text that a {@link JsonScanner} has accepted into values of a {@link JsonType}, as
 * {@code decode.go} of Go's {@code encoding/json}: goes on behind a value of another type, and
 * complains of the first one in the end; a later field of the same name wins, and adds to objects
 * and arrays. Recurses as deep as the type does. Not thread-safe.
 */
final class JsonDecoder {
  // A longer integer is read as a number with fractions, since its digits take time.
  private static final int MAX_DIGITS = 400;
  private static final int MAX_DEPTH = 128;

  private final byte[] text;
  private final JsonScanner scanner;
  private final boolean strict;
  private int at;
  private @Nullable JsonException complaint;
  private @Nullable JsonStruct struct;
  private final List<String> path = new ArrayList<>();
  private int depth;

  /**
   * @param at where a value begins
   * @param strict whether to complain of unknown fields
   */
  JsonDecoder(byte[] text, JsonScanner scanner, int at, boolean strict) {
    this.text = text;
    this.scanner = scanner;
    this.at = at;
    this.strict = strict;
  }

  /**
   * Reads the value.
   *
   * @param into what an earlier value has left; is changed
   * @throws JsonException for the first thing that does not suit the type
   */
  @Nullable Object read(JsonType type, @Nullable Object into) {
    Object value;
    try {
      value = value(type, into);
    } catch (JsonException e) {
      throw located(e);
    }
    if (complaint != null) {
      throw complaint;
    }
    return value;
  }

  private JsonException located(JsonException e) {
    return struct == null ? e : e.in(struct.shortName(), path);
  }

  private void complain(JsonException e) {
    if (complaint == null) {
      complaint = located(e);
    }
  }

  private void complain(String found, JsonType wanted) {
    complain(JsonException.mismatch(found, wanted.goName()));
  }

  private @Nullable Object value(JsonType type, @Nullable Object into) {
    at = scanner.skipSpace(at);
    if (type instanceof JsonType.Pointer pointer) {
      return text[at] == 'n' ? nothing(type, into) : value(pointer.target(), into);
    }
    if (type instanceof JsonType.Custom custom) {
      int from = at;
      at = scanner.skip(at);
      return custom.reader().apply(Arrays.copyOfRange(text, from, at));
    }
    if (type instanceof JsonType.Anything) {
      return any();
    }
    return switch (text[at]) {
      case '{' -> object(type, into);
      case '[' -> array(type, into);
      case '"' -> string(type, into);
      case 't', 'f' -> bool(type, into);
      case 'n' -> nothing(type, into);
      default -> number(type, into);
    };
  }

  private @Nullable Object other(String found, JsonType type, @Nullable Object into) {
    complain(found, type);
    at = scanner.skip(at);
    return into;
  }

  /** Null removes what may be missing, and leaves all else as it is. */
  private @Nullable Object nothing(JsonType type, @Nullable Object into) {
    at += "null".length();
    boolean removes =
        type instanceof JsonType.Pointer
            || type instanceof JsonType.Slice
            || type instanceof JsonType.Mapping;
    return removes ? null : into;
  }

  private @Nullable Object bool(JsonType type, @Nullable Object into) {
    if (!isKind(type, Boolean.class)) {
      return other("bool", type, into);
    }
    boolean value = text[at] == 't';
    at = scanner.skip(at);
    return value;
  }

  private @Nullable Object string(JsonType type, @Nullable Object into) {
    return isKind(type, String.class) ? string() : other("string", type, into);
  }

  private static boolean isKind(JsonType type, Class<?> kind) {
    return type instanceof JsonType.Scalar scalar && scalar.kind() == kind;
  }

  private String string() {
    int from = at + 1;
    at = scanner.string(at);
    return JsonText.unquote(text, from, at - 1);
  }

  private @Nullable Object number(JsonType type, @Nullable Object into) {
    int from = at;
    at = scanner.skip(at);
    Object value = null;
    if (type instanceof JsonType.Whole whole) {
      value = whole(digits(from), whole);
    } else if (type == JsonType.FLOAT64) {
      value = JsonText.finite(digits(from));
    } else {
      complain("number", type);
      return into;
    }
    if (value == null) {
      complain("number " + digits(from), type);
      return into;
    }
    return value;
  }

  private String digits(int from) {
    return Utf8.decode(text, from, at);
  }

  private static @Nullable Number whole(String digits, JsonType.Whole type) {
    boolean negative = digits.startsWith("-");
    if (!JsonText.isInteger(digits) || digits.length() > 20 || (negative && !type.signed())) {
      return null;
    }
    if (digits.length() < 10 && type.bits() >= Integer.SIZE) {
      return Long.parseLong(digits);
    }
    BigInteger value = new BigInteger(digits);
    if (value.bitLength() > (type.signed() ? type.bits() - 1 : type.bits())) {
      return null;
    }
    return value.bitLength() < Long.SIZE ? value.longValue() : (Number) value;
  }

  private @Nullable Object array(JsonType type, @Nullable Object into) {
    if (!(type instanceof JsonType.Slice slice)) {
      return other("array", type, into);
    }
    List<?> before = into instanceof List<?> list ? list : List.of();
    List<@Nullable Object> values = new ArrayList<>();
    at = scanner.skipSpace(at + 1);
    while (text[at] != ']') {
      Object old = values.size() < before.size() ? before.get(values.size()) : null;
      values.add(value(slice.element(), old == null ? zero(slice.element()) : old));
      at = scanner.skipSpace(at);
      at = text[at] == ',' ? at + 1 : at;
    }
    at++;
    return values;
  }

  /** Returns what Go has where nothing was read. */
  private static @Nullable Object zero(JsonType type) {
    if (type instanceof JsonType.Scalar scalar) {
      return scalar.zero();
    }
    return type instanceof JsonType.Whole
        ? (Object) 0L
        : type instanceof JsonStruct ? new JsonObject(new LinkedHashMap<>()) : null;
  }

  private @Nullable Object object(JsonType type, @Nullable Object into) {
    if (!(type instanceof JsonStruct) && !(type instanceof JsonType.Mapping)) {
      return other("object", type, into);
    }
    Map<String, @Nullable Object> fields =
        into instanceof JsonObject object ? object.fields() : new LinkedHashMap<>();
    JsonStruct outer = struct;
    int outerDepth = path.size();
    at = scanner.skipSpace(at + 1);
    while (text[at] != '}') {
      String name = string();
      at = scanner.skipSpace(at) + 1; // the colon
      if (type instanceof JsonType.Mapping map) {
        fields.put(name, value(map.value(), zero(map.value())));
      } else if (type instanceof JsonStruct known) {
        field(known, name, fields);
      }
      struct = outer;
      path.subList(outerDepth, path.size()).clear();
      at = scanner.skipSpace(at);
      at = text[at] == ',' ? scanner.skipSpace(at + 1) : at;
    }
    at++;
    return new JsonObject(fields);
  }

  private void field(JsonStruct type, String name, Map<String, @Nullable Object> fields) {
    JsonStruct.Field field = type.field(name);
    if (field == null) {
      if (strict) {
        complain(new JsonException("json: unknown field " + GoQuote.quote(name)));
      }
      at = scanner.skip(at);
      return;
    }
    struct = type;
    path.addAll(field.path());
    Object value = value(field.type(), fields.get(field.name()));
    if (value == null) {
      fields.remove(field.name());
    } else {
      fields.put(field.name(), value);
    }
  }

  /** Reads a value of any type. */
  private @Nullable Object any() {
    at = scanner.skipSpace(at);
    return switch (text[at]) {
      case '{' -> anyObject();
      case '[' -> anyArray();
      case '"' -> string();
      case 't', 'f' -> bool(JsonType.BOOL, null);
      case 'n' -> nothing(JsonType.BOOL, null);
      default -> anyNumber();
    };
  }

  private void enter() {
    if (++depth > MAX_DEPTH) {
      throw new JsonException(
          "invalid character " + GoQuote.character(text[at] & 0xff) + " exceeded max depth");
    }
  }

  private Object anyObject() {
    enter();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    at = scanner.skipSpace(at + 1);
    while (text[at] != '}') {
      String name = string();
      at = scanner.skipSpace(at) + 1; // the colon
      fields.put(name, any());
      at = scanner.skipSpace(at);
      at = text[at] == ',' ? scanner.skipSpace(at + 1) : at;
    }
    at++;
    depth--;
    return new JsonObject(fields);
  }

  private Object anyArray() {
    enter();
    List<@Nullable Object> values = new ArrayList<>();
    at = scanner.skipSpace(at + 1);
    while (text[at] != ']') {
      values.add(any());
      at = scanner.skipSpace(at);
      at = text[at] == ',' ? scanner.skipSpace(at + 1) : at;
    }
    at++;
    depth--;
    return values;
  }

  private @Nullable Object anyNumber() {
    int from = at;
    at = scanner.skip(at);
    String digits = digits(from);
    if (JsonText.isInteger(digits) && digits.length() <= MAX_DIGITS) {
      if (digits.length() < 19) {
        return Long.parseLong(digits);
      }
      BigInteger value = new BigInteger(digits);
      return value.bitLength() < Long.SIZE ? value.longValue() : (Number) value;
    }
    Double value = JsonText.finite(digits);
    if (value == null) {
      complain("number " + digits, JsonType.FLOAT64);
    }
    return value;
  }
}
