package dev.hubkit.json;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The type of an object with known fields: a struct of Go. Fields are also found when their names
 * differ in the case of letters. Immutable; made by a {@link Builder}.
 */
public final class JsonStruct implements JsonType {
  private static final char LONG_S = '\u017f';
  private static final char KELVIN = '\u212a';

  private final String goName;
  private final Map<String, Field> fields;
  private final Map<String, Field> folded;

  private JsonStruct(String goName, Map<String, Field> fields) {
    this.goName = goName;
    this.fields = Map.copyOf(fields);
    Map<String, Field> byFold = new HashMap<>();
    fields.forEach((name, field) -> byFold.put(fold(name), field));
    folded = Map.copyOf(byFold);
  }

  /**
   * A field.
   *
   * @param path its name, behind those of the embedded structs it comes from
   */
  record Field(String name, JsonType type, List<String> path) {}

  /** Returns a builder of the struct with this name in Go, such as {@code server.StreamConfig}. */
  public static Builder of(String goName) {
    return new Builder(goName);
  }

  @Override
  public String goName() {
    return goName;
  }

  /** Returns the name without that of the package. */
  String shortName() {
    return goName.substring(goName.lastIndexOf('.') + 1);
  }

  /** Returns the field of a name, or null if there is none. */
  @Nullable Field field(String name) {
    Field exact = fields.get(name);
    return exact != null ? exact : folded.get(fold(name));
  }

  // Two letters beyond ASCII are the same as ASCII letters but for their case.
  private static String fold(String name) {
    StringBuilder fold = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 'a' && c <= 'z') {
        c = (char) (c - 'a' + 'A');
      } else if (c == LONG_S) {
        c = 'S';
      } else if (c == KELVIN) {
        c = 'K';
      }
      fold.append(c);
    }
    return fold.toString();
  }

  /** Collects the fields of a struct. Not thread-safe. */
  public static final class Builder {
    private final String goName;
    private final Map<String, Field> fields = new HashMap<>();

    private Builder(String goName) {
      this.goName = goName;
    }

    /** Adds a field. */
    public Builder field(String name, JsonType type) {
      fields.put(name, new Field(name, type, List.of(name)));
      return this;
    }

    /** Adds fields of one type. */
    public Builder fields(JsonType type, String... names) {
      for (String name : names) {
        field(name, type);
      }
      return this;
    }

    /**
     * Adds the fields of a struct that this one embeds, but for those that it has itself.
     *
     * @param as the name of the field in Go
     */
    public Builder embed(String as, JsonStruct struct) {
      struct.fields.forEach(
          (name, field) ->
              fields.putIfAbsent(
                  name,
                  new Field(
                      name,
                      field.type(),
                      Stream.concat(Stream.of(as), field.path().stream()).toList())));
      return this;
    }

    /** Returns the struct. */
    public JsonStruct build() {
      return new JsonStruct(goName, fields);
    }
  }
}
