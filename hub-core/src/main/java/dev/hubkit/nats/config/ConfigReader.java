package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.ConfigCursor.END;

import dev.hubkit.io.SystemError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
  // As in nats-server, a key stays here when its value is passed over, and then takes that of the
  // next key, or of the map around it.
  private final Deque<KeyReader.Key> open = new ArrayDeque<>();
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
    byte[] text;
    try {
      Path path = Path.of(file);
      try (InputStream in = Files.newInputStream(path)) {
        text = in.readNBytes(MAX_FILE_BYTES + 1);
      }
    } catch (InvalidPathException e) {
      throw new ConfigException("open " + file + ": no such file or directory");
    } catch (IOException e) {
      throw new ConfigException(SystemError.reading(file, e));
    }
    if (text.length > MAX_FILE_BYTES) {
      throw new ConfigException("read " + file + ": larger than " + MAX_FILE_BYTES + " bytes");
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
    try {
      document(fields);
    } catch (EndOfDocument e) {
      // What was not closed is not part of it, as in nats-server.
    }
    return fields;
  }

  private void document(Map<String, ConfigValue> fields) {
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
        return;
      }
      if (c == '{') {
        cursor.next();
        braces(fields);
      } else {
        field(fields);
        terminators.topValue();
      }
    }
  }

  // A document may stand in braces as a whole, as JSON does.
  private void braces(Map<String, ConfigValue> fields) {
    enterLevel();

    boolean more = true;
    while (more) {
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
        more = !terminators.braces();
      } else {
        field(fields);
        more = !terminators.braceValue();
      }
    }
    nesting--;
  }

  /** Reads {@code key value} outside of maps. */
  private void field(Map<String, ConfigValue> fields) {
    KeyReader.Key key = keys.top();
    if (key == null) {
      throw new EndOfDocument();
    }
    if (key.include()) {
      include(fields);
      return;
    }
    int c = cursor.next();
    while (ConfigCursor.isSpace(c)) {
      c = cursor.next();
    }
    if (c == END) {
      cursor.back();
      throw endAfter(key);
    }
    if (!ConfigCursor.isSeparator(c)) {
      cursor.back();
    }
    set(fields, key);
  }

  // A brace that is left over closes a document that need not have been opened.
  private RuntimeException endAfter(KeyReader.Key key) {
    return key.name().equals("}")
        ? new EndOfDocument()
        : new ConfigException(
            "config is invalid (" + file + ":" + cursor.line() + ":" + cursor.column() + ")");
  }

  /** Reads a value, and sets the field of the last key that has none yet. */
  private void set(Map<String, ConfigValue> fields, KeyReader.Key key) {
    open.push(key);
    while (ConfigCursor.isBlank(cursor.peek())) {
      cursor.next();
    }
    int first = cursor.peek();
    ConfigValue value;
    try {
      value = value();
    } catch (EndOfDocument e) {
      throw first == '"' || first == '\'' ? endAfter(key) : e;
    }
    if (value != null) {
      KeyReader.Key last = open.pop();
      fields.put(last.name(), value.at(file, last.line(), last.column()));
    }
  }

  /** Returns null for what nats-server passes over: a number with a unit that is none. */
  private @Nullable ConfigValue value() {
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
            ? new NumberReader(cursor, strings).read()
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
      ConfigValue element = value();
      if (element != null) {
        elements.add(element);
      }
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
    boolean more = true;
    while (more) {
      cursor.skipSpaceAndComments();
      int c = cursor.peek();
      if (c == '}') {
        cursor.next();
        break;
      }
      more = mapField(fields);
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
      cursor.next();
      open.push(key);
      return false;
    }
    set(fields, key);
    return !terminators.mapValue();
  }

  private void include(Map<String, ConfigValue> fields) {
    String name = strings.includeName();
    if (includes == MAX_INCLUDES) {
      throw new ConfigException(
          "error parsing include file '" + name + "', includes are nested too deep");
    }
    try {
      fields.putAll(read(included(name), environment, includes + 1));
    } catch (ConfigException e) {
      throw new ConfigException("error parsing include file '" + name + "', " + e.getMessage());
    }
  }

  // A name is always relative to the including file, even one that begins with a slash.
  private String included(String name) {
    String relative = name.replaceFirst("^/+", "");
    try {
      Path path = directory == null ? Path.of(relative) : directory.resolve(relative);
      String normal = path.normalize().toString();
      return normal.isEmpty() ? "." : normal;
    } catch (InvalidPathException e) {
      return relative;
    }
  }

  /** Thrown where the document ends in the place of a value. */
  static final class EndOfDocument extends RuntimeException {
    private static final long serialVersionUID = 1L;

    EndOfDocument() {
      super("the document ends here", null, false, false);
    }
  }

  private void enterLevel() {
    if (++nesting > MAX_NESTING) {
      throw cursor.syntax("Values are nested deeper than " + MAX_NESTING + " levels");
    }
  }
}
