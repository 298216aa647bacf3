package dev.hubkit.nats.config;

import dev.hubkit.text.GoNumber;
import dev.hubkit.text.GoQuote;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One value of a configuration file, with the place of its key (or, in an array, its own place). A
 * value is a string, a 64-bit integer, a double, a boolean, an instant, a list or a map.
 */
final class ConfigValue {
  private static final int REPLACEMENT = 0xfffd;

  private static final DateTimeFormatter GO_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss '+0000 UTC'").withZone(ZoneOffset.UTC);

  private final Object value;
  private final String file;
  private final int line;
  private final int column;
  private boolean variable;
  private @Nullable ConfigValue conversions;

  ConfigValue(Object value, String file, int line, int column) {
    this.value = value;
    this.file = file;
    this.line = line;
    this.column = column;
  }

  Object value() {
    return value;
  }

  /** True when the file refers to this value as {@code $name}: its name need not be an option. */
  boolean isVariable() {
    return variable;
  }

  void markVariable() {
    variable = true;
  }

  /**
   * The same value, whose parts are all in the place of {@code block} when they have a wrong type:
   * where nats-server reads a block without looking at places, it tells that of the block.
   */
  ConfigValue convertedAt(ConfigValue block) {
    Object parts = value;
    if (value instanceof Map) {
      Map<String, ConfigValue> fields = new LinkedHashMap<>();
      map().forEach((name, field) -> fields.put(name, field.convertedAt(block)));
      parts = fields;
    } else if (value instanceof List) {
      parts = list().stream().map(element -> element.convertedAt(block)).toList();
    }
    ConfigValue copy = new ConfigValue(parts, file, line, column);
    copy.variable = variable;
    copy.conversions = block;
    return copy;
  }

  /** The same value, standing elsewhere. */
  ConfigValue at(String otherFile, int otherLine, int otherColumn) {
    return new ConfigValue(value, otherFile, otherLine, otherColumn);
  }

  String place() {
    return file + ":" + line + ":" + column;
  }

  /** A problem with this value, in the form nats-server reports it. */
  ConfigException error(String problem) {
    return new ConfigException(place() + ": " + problem);
  }

  /** The name of the value's type as nats-server prints it, which is Go's. */
  String type() {
    return goType(value);
  }

  String string() {
    return as(String.class, "string");
  }

  /** The value as Go prints it by {@code %v}; of a list or a map, Go prints addresses instead. */
  String formatted() {
    if (value instanceof Instant time) {
      return GO_TIME.format(time);
    }
    return value instanceof Double number ? GoNumber.shortest(number) : String.valueOf(value);
  }

  /** The value as Go prints it by {@code %s}, which is for strings. */
  String formattedText() {
    return value instanceof Number || isBool() ? mistaken('s') : formatted();
  }

  /** The value as Go prints it by {@code %q}, which takes integers for characters. */
  String formattedQuoted() {
    if (isString() || value instanceof Instant) {
      return GoQuote.quote(formatted());
    }
    if (isInteger()) {
      boolean isCharacter = Character.isValidCodePoint((int) integer()) && integer() == int32();
      return GoQuote.character(isCharacter ? int32() : REPLACEMENT);
    }
    return isMap() || isList() ? formatted() : mistaken('q');
  }

  private String mistaken(char verb) {
    return "%!" + verb + "(" + type() + "=" + formatted() + ")";
  }

  /** A string without the percent sign at its end. */
  String withoutPercent() {
    String text = string();
    return text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
  }

  long integer() {
    return as(Long.class, "int64");
  }

  /** The low 32 bits of an integer, as nats-server takes it where it keeps a narrower number. */
  int int32() {
    return (int) integer();
  }

  boolean bool() {
    return as(Boolean.class, "bool");
  }

  @SuppressWarnings("unchecked")
  Map<String, ConfigValue> map() {
    return as(Map.class, "map[string]interface {}");
  }

  @SuppressWarnings("unchecked")
  List<ConfigValue> list() {
    return as(List.class, "[]interface {}");
  }

  /** The last field of a map, or the map itself where it has none. */
  ConfigValue lastField() {
    ConfigValue last = this;
    for (ConfigValue field : map().values()) {
      last = field;
    }
    return last;
  }

  boolean isString() {
    return value instanceof String;
  }

  boolean isInteger() {
    return value instanceof Long;
  }

  boolean isBool() {
    return value instanceof Boolean;
  }

  boolean isMap() {
    return value instanceof Map;
  }

  boolean isList() {
    return value instanceof List;
  }

  @Override
  public String toString() {
    return String.valueOf(value);
  }

  private <T> T as(Class<T> type, String goName) {
    if (type.isInstance(value)) {
      return type.cast(value);
    }
    ConfigValue place = conversions == null ? this : conversions;
    throw place.error("interface conversion: interface {} is " + type() + ", not " + goName);
  }

  private static String goType(Object value) {
    if (value instanceof String) {
      return "string";
    }
    if (value instanceof Long) {
      return "int64";
    }
    if (value instanceof Double) {
      return "float64";
    }
    if (value instanceof Boolean) {
      return "bool";
    }
    if (value instanceof Instant) {
      return "time.Time";
    }
    return value instanceof List ? "[]interface {}" : "map[string]interface {}";
  }
}
