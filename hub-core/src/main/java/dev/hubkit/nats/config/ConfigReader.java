package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.ConfigCursor.END;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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

  // An unquoted bcrypt hash looks like a variable.
  private static final String BCRYPT_PREFIX = "2a$";
  private static final String ENVIRONMENT_KEY = "pk";

  private final ConfigCursor cursor;
  private final String file;
  private final @Nullable Path directory;
  private final UnaryOperator<@Nullable String> environment;
  private final Set<String> resolving;
  private final int includes;
  private final Deque<Map<String, ConfigValue>> scopes = new ArrayDeque<>();
  private int nesting;

  private ConfigReader(
      byte[] text,
      String file,
      @Nullable Path directory,
      UnaryOperator<@Nullable String> environment,
      Set<String> resolving,
      int includes) {
    this.cursor = new ConfigCursor(text);
    this.file = file;
    this.directory = directory;
    this.environment = environment;
    this.resolving = resolving;
    this.includes = includes;
  }

  /** Reads a file and what it includes. */
  static Map<String, ConfigValue> read(String file, UnaryOperator<@Nullable String> environment) {
    return read(file, environment, 0);
  }

  /** Reads a text that stands in no file; includes are looked for in the working directory. */
  static Map<String, ConfigValue> readText(
      String text, UnaryOperator<@Nullable String> environment) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new ConfigReader(bytes, "", null, environment, new HashSet<>(), 0).document();
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
    return new ConfigReader(text, file, path.getParent(), environment, new HashSet<>(), includes)
        .document();
  }

  private Map<String, ConfigValue> document() {
    Map<String, ConfigValue> fields = new LinkedHashMap<>();
    scopes.push(fields);
    while (true) {
      skipSpaceAndComments();
      int c = cursor.peek();
      if (c == '/') {
        throw syntax("Unexpected EOF.");
      }
      if (c == END) {
        if (!cursor.atEnd()) {
          throw syntax("Unexpected EOF.");
        }
        return fields;
      }
      if (c == '{') {
        cursor.next();
        braces();
      } else if (!field(fields)) {
        return fields;
      } else {
        endOfTopValue();
      }
    }
  }

  // A document may stand in braces as a whole, as JSON does.
  private void braces() {
    enter();
    Map<String, ConfigValue> fields = scopes.getFirst();
    boolean open = true;
    while (open) {
      skipSpaceAndComments();
      int c = cursor.peek();
      if (c == '/' || c == END) {
        if (c == END && cursor.atEnd()) {
          break;
        }
        throw syntax("Unexpected EOF.");
      }
      if (c == '}') {
        cursor.next();
        break;
      }
      if (c == '{') {
        cursor.next();
        braces();
        open = !endOfBraces();
      } else if (field(fields)) {
        open = !endOfBraceValue();
      } else {
        break;
      }
    }
    nesting--;
  }

  private void endOfTopValue() {
    while (true) {
      int c = cursor.next();
      if (c == '#' || (c == '/' && cursor.peek() == '/')) {
        skipComment();
        return;
      }
      if (isNewLine(c) || c == END || c == ';' || c == ',' || c == '}') {
        return;
      }
      if (!isBlank(c) && c != '/') {
        throw syntax(
            "Expected a top-level value to end with a new line, comment or EOF, but got '"
                + shown(c)
                + "' instead.");
      }
    }
  }

  /** Reads up to the next field (false) or past the closing brace (true). */
  private boolean endOfBraceValue() {
    while (true) {
      int c = cursor.next();
      if (c == '#' || (c == '/' && cursor.peek() == '/')) {
        skipComment();
      } else if (isNewLine(c) || c == ';' || c == ',') {
        return false;
      } else if (c == '}') {
        return true;
      } else if (!isBlank(c) && c != '/') {
        throw syntax(
            "Expected a block-level value to end with a new line, comment or EOF, but got '"
                + shown(c)
                + "' instead.");
      }
    }
  }

  private boolean endOfBraces() {
    while (true) {
      int c = cursor.next();
      if (c == '#' || (c == '/' && cursor.peek() == '/')) {
        skipComment();
        return false;
      }
      if (c == ';' || c == ',') {
        return false;
      }
      if (c == '}') {
        return true;
      }
      if (!isBlank(c) && !isNewLine(c) && c != '/') {
        throw syntax(
            "Expected a block-level to end with a '}', but got '" + shown(c) + "' instead.");
      }
    }
  }

  /** Reads {@code key value} outside of maps; false when the text ends instead. */
  private boolean field(Map<String, ConfigValue> fields) {
    int c = cursor.peek();
    if (isSeparator(c)) {
      throw syntax("Unexpected key separator '" + shown(c) + "'");
    }
    Key key;
    if (c == '"' || c == '\'') {
      cursor.next();
      int start = cursor.position();
      while (cursor.peek() != c) {
        if (cursor.peek() == END) {
          if (cursor.position() > start) {
            throw syntax("Unexpected EOF.");
          }
          return false;
        }
        cursor.next();
      }
      key = key(start, start - cursor.lineStart());
      cursor.next();
    } else {
      int start = cursor.position();
      int column = start - cursor.lineStart();
      cursor.next();
      for (c = cursor.peek(); !isSpace(c) && !isSeparator(c) && c != END; c = cursor.peek()) {
        cursor.next();
      }
      key = key(start, column);
      if (isSpace(c) && key.name.equalsIgnoreCase("include")) {
        include(fields);
        return true;
      }
    }
    for (c = cursor.next(); isSpace(c); ) {
      c = cursor.next();
    }
    if (c == END) {
      // A brace that is left over closes a document that need not have been opened.
      if (key.name.equals("}")) {
        return false;
      }
      throw new ConfigException(
          "config is invalid ("
              + file
              + ":"
              + cursor.line()
              + ":"
              + (cursor.position() - cursor.lineStart())
              + ")");
    }
    if (!isSeparator(c)) {
      cursor.back();
    }
    set(fields, key, value(false));
    return true;
  }

  private record Key(String name, int line, int column) {}

  private Key key(int start, int column) {
    return new Key(cursor.slice(start, cursor.position()), cursor.line(), column);
  }

  private void set(Map<String, ConfigValue> fields, Key key, ConfigValue value) {
    fields.put(key.name, value.at(file, key.line, key.column));
  }

  private ConfigValue value(boolean inArray) {
    int c = cursor.next();
    while (isBlank(c)) {
      c = cursor.next();
    }
    int start = cursor.position();
    int lineStart = cursor.lineStart();
    return switch (c) {
      case '[' -> array();
      case '{' -> {
        Map<String, ConfigValue> fields = mapFields();
        yield item(fields, cursor.line(), cursor.position() - cursor.lineStart());
      }
      case '\'' -> singleQuoted(start, lineStart);
      case '"' -> doubleQuoted(start, lineStart);
      case '(' -> block(start, lineStart);
      case '.' -> throw syntax("Floats must start with a digit");
      case '\n', '\r' -> throw syntax("Expected value but found new line");
      default -> {
        cursor.back();
        yield c == '-' || Character.isDigit(c)
            ? new NumberReader(cursor, this, inArray).read()
            : unquoted(cursor.position(), lineStart);
      }
    };
  }

  ConfigValue item(Object value, int line, int column) {
    return new ConfigValue(value, file, line, column);
  }

  private ConfigValue array() {
    enter();
    List<ConfigValue> elements = new ArrayList<>();
    while (true) {
      skipSpaceAndComments();
      int c = cursor.peek();
      if (c == ',' || c == '/') {
        throw syntax("Unexpected array value terminator ','.");
      }
      if (c == ']') {
        cursor.next();
        break;
      }
      elements.add(value(true));
      if (endOfElement()) {
        break;
      }
    }
    nesting--;
    return item(elements, cursor.line(), cursor.position() - cursor.lineStart());
  }

  private boolean endOfElement() {
    while (true) {
      int c = cursor.next();
      if (c == '#' || (c == '/' && cursor.peek() == '/')) {
        skipComment();
      } else if (c == ',' || c == '/' || isNewLine(c)) {
        return false;
      } else if (c == ']') {
        return true;
      } else if (!isBlank(c)) {
        throw syntax(
            "Expected an array value terminator \",\" or an array terminator \"]\", but got '"
                + shown(c)
                + "' instead.");
      }
    }
  }

  private Map<String, ConfigValue> mapFields() {
    enter();
    Map<String, ConfigValue> fields = new LinkedHashMap<>();
    scopes.push(fields);
    boolean open = true;
    while (open) {
      skipSpaceAndComments();
      int c = cursor.peek();
      if (c == '}') {
        cursor.next();
        break;
      }
      open = mapField(fields, c);
    }
    scopes.pop();
    nesting--;
    return fields;
  }

  private boolean mapField(Map<String, ConfigValue> fields, int first) {
    int c = first;
    if (isSeparator(c)) {
      throw syntax("Unexpected key separator '" + shown(c) + "'.");
    }
    if (c == ']') {
      throw syntax("Unexpected array end ']' processing map.");
    }
    if (c == END) {
      throw syntax("Unexpected EOF processing map.");
    }
    Key key;
    if (c == '"' || c == '\'') {
      cursor.next();
      int start = cursor.position();
      while (cursor.peek() != c) {
        if (cursor.next() == END) {
          throw syntax(
              c == '"'
                  ? "Unexpected EOF processing double quoted map key."
                  : "Unexpected EOF processing quoted map key.");
        }
      }
      key = key(start, start - cursor.lineStart());
      cursor.next();
    } else {
      if (c == '/') {
        cursor.next();
      }
      int start = cursor.position();
      int column = start - cursor.lineStart();
      cursor.next();
      for (c = cursor.peek(); !isSpace(c) && !isSeparator(c); c = cursor.peek()) {
        if (c == END) {
          throw syntax("Unexpected EOF processing map key.");
        }
        cursor.next();
      }
      key = key(start, column);
      if (isSpace(c) && key.name.equalsIgnoreCase("include")) {
        include(fields);
        return !endOfMapValue();
      }
    }
    skipSpace();
    if (isSeparator(cursor.peek())) {
      cursor.next();
    }
    skipSpace();
    c = cursor.peek();
    if (c == ',') {
      throw syntax("Unexpected map value terminator \",\".");
    }
    if (c == '}') {
      throw syntax("Expected value but found end of map");
    }
    set(fields, key, value(false));
    return !endOfMapValue();
  }

  private boolean endOfMapValue() {
    while (true) {
      int c = cursor.next();
      if (c == '#' || (c == '/' && cursor.peek() == '/')) {
        skipComment();
      } else if (c == '/' || c == ';' || c == ',' || isNewLine(c)) {
        return false;
      } else if (c == '}') {
        return true;
      } else if (!isBlank(c)) {
        throw syntax(
            "Expected a map value terminator \",\" or a map terminator \"}\", but got '"
                + shown(c)
                + "' instead.");
      }
    }
  }

  private ConfigValue singleQuoted(int start, int lineStart) {
    while (true) {
      int c = cursor.next();
      if (c == '\'') {
        String text = cursor.slice(start, cursor.position() - 1);
        return item(text, cursor.line(), start - lineStart);
      }
      if (c == END) {
        throw syntax("Unexpected EOF.");
      }
    }
  }

  private ConfigValue doubleQuoted(int start, int lineStart) {
    EscapedText text = new EscapedText(start);
    while (true) {
      int c = cursor.next();
      if (c == '\\') {
        text.escape();
      } else if (c == '"') {
        return item(text.upTo(cursor.position() - 1), cursor.line(), start - lineStart);
      } else if (c == END) {
        throw syntax("Unexpected EOF.");
      }
    }
  }

  // From "(" to a ")" alone on its line; the line feeds next to them belong to the text.
  private ConfigValue block(int start, int lineStart) {
    while (true) {
      int c = cursor.next();
      if (c == END) {
        throw syntax("Unexpected EOF processing block.");
      }
      if (c == ')' && cursor.before(2) == '\n') {
        int end = cursor.position();
        int after = cursor.peek();
        if (after == '\n' || after == END) {
          String text = cursor.slice(start, after == END ? end : end - 1);
          return item(text, cursor.line(), start - lineStart);
        }
      }
    }
  }

  /** Reads an unquoted string whose beginning may already lie behind the cursor. */
  ConfigValue unquoted(int start, int lineStart) {
    EscapedText text = new EscapedText(start);
    while (true) {
      int c = cursor.next();
      if (c == '\\') {
        text.escape();
        continue;
      }
      boolean quote = c == '\'';
      if (!quote && !endsUnquoted(c)) {
        continue;
      }
      int end = cursor.position() - (c == END ? 0 : 1);
      if (!quote) {
        cursor.back();
      }
      String string = text.upTo(end);
      int column = start - lineStart;
      if (!text.escaped && !quote) {
        Boolean bool = bool(string);
        if (bool != null) {
          return item(bool, cursor.line(), column);
        }
        if (string.startsWith("$")) {
          return variable(string.substring(1), column + 1);
        }
      }
      return item(string, cursor.line(), column);
    }
  }

  private static boolean endsUnquoted(int c) {
    return isNewLine(c) || isBlank(c) || c == END || c == ';' || c == ',' || c == ']' || c == '}';
  }

  private static @Nullable Boolean bool(String text) {
    return switch (text.length() > 5 ? "" : text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> null;
    };
  }

  /** A string with backslash escapes; the cursor runs ahead of it. */
  private final class EscapedText {
    // Bytes, as \x can spell the bytes of a character one by one.
    private final ByteArrayOutputStream parts = new ByteArrayOutputStream();
    private int from;
    boolean escaped;

    EscapedText(int from) {
      this.from = from;
    }

    /** Called when the cursor has just passed a backslash. */
    void escape() {
      escaped = true;
      cursor.copy(from, cursor.position() - 1, parts);
      int c = cursor.next();
      switch (c) {
        case 't' -> parts.write('\t');
        case 'n' -> parts.write('\n');
        case 'r' -> parts.write('\r');
        case '"', '\\' -> parts.write(c);
        case 'x' -> parts.write((hexDigit() << 4) | hexDigit());
        default ->
            throw syntax(
                "Invalid escape character '"
                    + shown(c)
                    + "'. Only the following escape characters are allowed: "
                    + "\\xXX, \\t, \\n, \\r, \\\", \\\\.");
      }
      from = cursor.position();
    }

    private int hexDigit() {
      int c = cursor.next();
      if (isNewLine(c)) {
        throw syntax("Expected two hexadecimal digits after '\\x', but hit end of line");
      }
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw syntax("Expected two hexadecimal digits after '\\x', but got '" + shown(c) + "'");
      }
      return digit;
    }

    String upTo(int end) {
      cursor.copy(from, end, parts);
      return parts.toString(StandardCharsets.UTF_8);
    }
  }

  private ConfigValue variable(String name, int column) {
    int line = cursor.line();
    if (name.startsWith(BCRYPT_PREFIX)) {
      return item("$" + name, line, column);
    }
    for (Map<String, ConfigValue> scope : scopes) {
      ConfigValue value = scope.get(name);
      if (value != null) {
        value.markVariable();
        return value.at(file, line, column);
      }
    }
    if (!resolving.add(name)) {
      throw unresolved(name, line, "variable reference cycle for '" + name + "'");
    }
    String text = environment.apply(name);
    if (text == null) {
      throw new ConfigException(
          "variable reference for '" + name + "' on line " + line + " can not be found");
    }
    byte[] bytes = (ENVIRONMENT_KEY + "=" + text).getBytes(StandardCharsets.UTF_8);
    try {
      ConfigValue value =
          new ConfigReader(bytes, file, null, environment, resolving, includes)
              .document()
              .get(ENVIRONMENT_KEY);
      resolving.remove(name);
      if (value == null) {
        throw new ConfigException("no value");
      }
      return value.at(file, line, column);
    } catch (ConfigException e) {
      throw unresolved(name, line, String.valueOf(e.getMessage()));
    }
  }

  private static ConfigException unresolved(String name, int line, String problem) {
    return new ConfigException(
        "variable reference for '"
            + name
            + "' on line "
            + line
            + " could not be parsed: "
            + problem);
  }

  private void include(Map<String, ConfigValue> fields) {
    String name = includeName();
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

  private String includeName() {
    int c = cursor.next();
    while (isBlank(c)) {
      c = cursor.next();
    }
    String found =
        switch (c) {
          case '[' -> "start of an array";
          case '{' -> "start of a map";
          case '(' -> "start of a block";
          case '\\' -> "escape sequence";
          case '\n', '\r' -> "new line";
          default -> Character.isDigit(c) || c == '-' ? "start of a number" : "";
        };
    if (!found.isEmpty()) {
      throw syntax("Expected include value but found " + found);
    }
    int start = cursor.position();
    if (c == '"' || c == '\'') {
      for (int next = cursor.next(); next != c; next = cursor.next()) {
        if (next == END) {
          throw syntax(
              c == '"'
                  ? "Unexpected EOF in double quoted include"
                  : "Unexpected EOF in quoted include");
        }
      }
      return cursor.slice(start, cursor.position() - 1);
    }
    cursor.back();
    start = cursor.position();
    while (true) {
      int next = cursor.next();
      if (next == '\'') {
        return cursor.slice(start, cursor.position() - 1);
      }
      if (isNewLine(next) || isBlank(next) || next == END || next == ';' || next == '}') {
        cursor.back();
        return cursor.slice(start, cursor.position());
      }
    }
  }

  private void enter() {
    if (++nesting > MAX_NESTING) {
      throw syntax("Values are nested deeper than " + MAX_NESTING + " levels");
    }
  }

  private void skipSpace() {
    while (isSpace(cursor.peek())) {
      cursor.next();
    }
  }

  private void skipSpaceAndComments() {
    while (true) {
      int c = cursor.next();
      if (c == '#' || (c == '/' && cursor.peek() == '/')) {
        skipComment();
      } else if (!isSpace(c)) {
        if (c == '/') {
          cursor.backOne();
        } else {
          cursor.back();
        }
        return;
      }
    }
  }

  private void skipComment() {
    for (int c = cursor.peek(); !isNewLine(c) && c != END; c = cursor.peek()) {
      cursor.next();
    }
  }

  ConfigException syntax(String problem) {
    return new ConfigException("Parse error on line " + cursor.line() + ": '" + problem + "'");
  }

  static String shown(int c) {
    return c == '\n' ? "\\n" : Character.toString(c);
  }

  static boolean isNewLine(int c) {
    return c == '\n' || c == '\r';
  }

  static boolean isBlank(int c) {
    return c == ' ' || c == '\t';
  }

  private static boolean isSpace(int c) {
    return switch (c) {
      case ' ', '\t', '\n', 0x0b, '\f', '\r', 0x85, 0xa0, 0x2028, 0x2029 -> true;
      default -> c > 0xff && Character.getType(c) == Character.SPACE_SEPARATOR;
    };
  }

  private static boolean isSeparator(int c) {
    return c == '=' || c == ':';
  }
}
