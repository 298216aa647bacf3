package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.ConfigCursor.END;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads nats-server's configuration format: keys and values separated by {@code =}, {@code :} or
 * white space, maps in braces, arrays in brackets, {@code #} and {@code //} comments, unquoted
 * strings, {@code include} and {@code $variables} with block scope and the environment behind it.
 * JSON is a subset. Confined to its thread.
 *
 * @see <a href="https://docs.nats.io/running-a-nats-service/configuration">NATS configuration</a>
 */
final class ConfigReader {
  // Limits of our own: a file that includes itself, or a run of brackets, must not exhaust a stack.
  private static final int MAX_INCLUDES = 32;
  private static final int MAX_NESTING = 200;
  private static final int MAX_FILE_BYTES = 64 << 20;

  private final ConfigCursor cursor;
  private final String file;
  private final @Nullable Path directory;
  private final UnaryOperator<@Nullable String> environment;
  private final int includes;
  private final VariableScopes variables;
  private final KeyReader keys;
  private final ConfigStringReader strings;
  private final TerminatorReader terminators;
  private int nesting;

  private ConfigReader(
      byte[] text,
      String file,
      @Nullable Path directory,
      UnaryOperator<@Nullable String> environment,
      Set<String> resolving,
      int includes) {
    this.cursor = new ConfigCursor(text, file);
    this.file = file;
    this.directory = directory;
    this.environment = environment;
    this.includes = includes;
    this.variables =
        new VariableScopes(
            cursor,
            environment,
            resolving,
            value ->
                new ConfigReader(value, file, null, environment, resolving, includes).document());
    this.keys = new KeyReader(cursor);
    this.strings = new ConfigStringReader(cursor, variables);
    this.terminators = new TerminatorReader(cursor);
  }

  /** Reads a file and what it includes. */
  static Map<String, ConfigValue> read(String file, UnaryOperator<@Nullable String> environment) {
    return read(file, environment, 0);
  }

  private static Map<String, ConfigValue> read(
      String file, UnaryOperator<@Nullable String> environment, int includes) {
    Path path = Path.of(file);
    byte[] text;
    try {
      if (Files.size(path) > MAX_FILE_BYTES) {
        throw new ConfigException("open " + file + ": larger than " + MAX_FILE_BYTES + " bytes");
      }
      text = Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw new ConfigException("open " + file + ": no such file or directory");
    } catch (IOException e) {
      throw new ConfigException("open " + file + ": " + e.getMessage());
    }
    return parse(text, file, environment, includes);
  }

  /**
   * Reads the text of a file.
   *
   * @param includes how many files include it, one the other
   */
  static Map<String, ConfigValue> parse(
      byte[] text, String file, UnaryOperator<@Nullable String> environment, int includes) {
    Path directory = Path.of(file).getParent();
    return new ConfigReader(text, file, directory, environment, new HashSet<>(), includes)
        .document();
  }

  private Map<String, ConfigValue> document() {
    Map<String, ConfigValue> fields = new LinkedHashMap<>();
    variables.open(fields);
    while (true) {
      cursor.skipSpaceAndComments();
      int c = cursor.peek();
      if (c == '/') {
        throw cursor.syntax("Unexpected EOF.");
      }
      if (c == END) {
        if (!cursor.atEnd()) {
          throw cursor.syntax("Unexpected EOF.");
        }
        return fields;
      }
      if (c == '{') {
        cursor.next();
        braces(fields);
      } else if (!field(fields)) {
        return fields;
      } else {
        terminators.topValue();
      }
    }
  }

  // A document may stand in braces as a whole, as JSON does.
  private void braces(Map<String, ConfigValue> fields) {
    enterLevel();

    boolean open = true;
    while (open) {
      cursor.skipSpaceAndComments();
      int c = cursor.peek();
      if (c == '/' || c == END) {
        if (c == END && cursor.atEnd()) {
          break;
        }
        throw cursor.syntax("Unexpected EOF.");
      }
      if (c == '}') {
        cursor.next();
        break;
      }
      if (c == '{') {
        cursor.next();
        braces(fields);
        open = !terminators.braces();
      } else if (field(fields)) {
        open = !terminators.braceValue();
      } else {
        break;
      }
    }
    nesting--;
  }

  /** Reads {@code key value} outside of maps; returns false when the text ends instead. */
  private boolean field(Map<String, ConfigValue> fields) {
    KeyReader.Key key = keys.top();
    if (key == null) {
      return false;
    }
    if (key.include()) {
      include(fields);
      return true;
    }
    int c = cursor.next();
    while (ConfigCursor.isSpace(c)) {
      c = cursor.next();
    }
    if (c == END) {
      // A brace that is left over closes a document that need not have been opened.
      if (key.name().equals("}")) {
        return false;
      }
      throw new ConfigException(
          "config is invalid (" + file + ":" + cursor.line() + ":" + cursor.column() + ")");
    }
    if (!ConfigCursor.isSeparator(c)) {
      cursor.back();
    }
    set(fields, key, value(false));
    return true;
  }

  private void set(Map<String, ConfigValue> fields, KeyReader.Key key, ConfigValue value) {
    fields.put(key.name(), value.at(file, key.line(), key.column()));
  }

  private ConfigValue value(boolean inArray) {
    int c = cursor.next();
    while (ConfigCursor.isBlank(c)) {
      c = cursor.next();
    }
    int start = cursor.position();
    int lineStart = cursor.lineStart();
    return switch (c) {
      case '[' -> array();
      case '{' -> {
        Map<String, ConfigValue> fields = mapFields();
        yield cursor.value(fields, cursor.column());
      }
      case '\'' -> strings.singleQuoted(start, lineStart);
      case '"' -> strings.doubleQuoted(start, lineStart);
      case '(' -> strings.block(start, lineStart);
      case '.' -> throw cursor.syntax("Floats must start with a digit");
      case '\n', '\r' -> throw cursor.syntax("Expected value but found new line");
      default -> {
        cursor.back();
        yield c == '-' || Character.isDigit(c)
            ? new NumberReader(cursor, strings, inArray).read()
            : strings.unquoted(cursor.position(), lineStart);
      }
    };
  }

  private ConfigValue array() {
    enterLevel();
    List<ConfigValue> elements = new ArrayList<>();
    while (true) {
      cursor.skipSpaceAndComments();
      int c = cursor.peek();
      if (c == ',' || c == '/') {
        throw cursor.syntax("Unexpected array value terminator ','.");
      }
      if (c == ']') {
        cursor.next();
        break;
      }
      elements.add(value(true));
      if (terminators.element()) {
        break;
      }
    }
    nesting--;
    return cursor.value(elements, cursor.column());
  }

  private Map<String, ConfigValue> mapFields() {
    enterLevel();
    Map<String, ConfigValue> fields = new LinkedHashMap<>();
    variables.open(fields);
    boolean open = true;
    while (open) {
      cursor.skipSpaceAndComments();
      int c = cursor.peek();
      if (c == '}') {
        cursor.next();
        break;
      }
      open = mapField(fields);
    }
    variables.close();
    nesting--;
    return fields;
  }

  /** Reads {@code key value} in a map; returns false behind the last. */
  private boolean mapField(Map<String, ConfigValue> fields) {
    KeyReader.Key key = keys.inMap();
    if (key.include()) {
      include(fields);
      return !terminators.mapValue();
    }
    cursor.skipSpace();
    if (ConfigCursor.isSeparator(cursor.peek())) {
      cursor.next();
    }
    cursor.skipSpace();
    int c = cursor.peek();
    if (c == ',') {
      throw cursor.syntax("Unexpected map value terminator \",\".");
    }
    if (c == '}') {
      throw cursor.syntax("Expected value but found end of map");
    }
    set(fields, key, value(false));
    return !terminators.mapValue();
  }

  private void include(Map<String, ConfigValue> fields) {
    String name = strings.includeName();
    if (includes == MAX_INCLUDES) {
      throw new ConfigException(
          "error parsing include file '" + name + "', includes are nested too deep");
    }
    // A name is always relative to the including file, even one that begins with a slash.
    String path = name.startsWith("/") && directory != null ? name.substring(1) : name;
    Path included = directory == null ? Path.of(path) : directory.resolve(path);
    try {
      fields.putAll(read(included.normalize().toString(), environment, includes + 1));
    } catch (ConfigException e) {
      throw new ConfigException("error parsing include file '" + name + "', " + e.getMessage());
    }
  }

  private void enterLevel() {
    if (++nesting > MAX_NESTING) {
      throw cursor.syntax("Values are nested deeper than " + MAX_NESTING + " levels");
    }
  }
}
