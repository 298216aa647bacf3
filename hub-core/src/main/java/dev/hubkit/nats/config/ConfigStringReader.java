package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.ConfigCursor.END;

import java.io.ByteArrayOutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads strings: quoted, in a block, or bare, which can turn out to be a boolean or a variable.
 * Confined to its thread.
 */
final class ConfigStringReader {
  private final ConfigCursor cursor;
  private final VariableScopes variables;

  ConfigStringReader(ConfigCursor cursor, VariableScopes variables) {
    this.cursor = cursor;
    this.variables = variables;
  }

  ConfigValue singleQuoted(int start, int lineStart) {
    while (true) {
      int c = cursor.next();
      if (c == '\'') {
        String text = cursor.slice(start, cursor.position() - 1);
        return cursor.value(text, start - lineStart);
      }
      if (c == END) {
        throw unclosed(cursor.position() > start);
      }
    }
  }

  // Like nats-server, takes the end of the text for the end of the document where nothing follows
  // the quote.
  private RuntimeException unclosed(boolean begun) {
    return begun ? cursor.syntax("Unexpected EOF.") : new ConfigReader.EndOfDocument();
  }

  ConfigValue doubleQuoted(int start, int lineStart) {
    EscapedText text = new EscapedText(start);
    while (true) {
      int c = cursor.next();
      if (c == '\\') {
        text.escape();
      } else if (c == '"') {
        return cursor.value(text.upTo(cursor.position() - 1), start - lineStart);
      } else if (c == END) {
        throw unclosed(cursor.position() > text.from);
      }
    }
  }

  // From "(" to a ")" alone on its line; the line feeds next to them belong to the text.
  ConfigValue block(int start, int lineStart) {
    while (true) {
      int c = cursor.next();
      if (c == END) {
        throw cursor.syntax("Unexpected EOF processing block.");
      }
      if (c == ')' && cursor.before(2) == '\n') {
        int end = cursor.position();
        int after = cursor.peek();
        if (after == '\n' || after == END) {
          String text = cursor.slice(start, after == END ? end : end - 1);
          return cursor.value(text, start - lineStart);
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
      if (!quote) {
        cursor.back();
      }
      String string = text.upTo(cursor.position() - (quote ? 1 : 0));
      int column = start - lineStart;
      if (!text.escaped && !quote) {
        Boolean bool = bool(string);
        if (bool != null) {
          return cursor.value(bool, column);
        }
        if (string.startsWith("$")) {
          return variables.find(string.substring(1), column + 1);
        }
      }
      return cursor.value(string, column);
    }
  }

  private static boolean endsUnquoted(int c) {
    return ConfigCursor.isNewLine(c)
        || ConfigCursor.isBlank(c)
        || c == END
        || c == ';'
        || c == ','
        || c == ']'
        || c == '}';
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
        case 'x' -> parts.write(hexByte());
        default ->
            throw cursor.syntax(
                "Invalid escape character '"
                    + ConfigCursor.shown(c)
                    + "'. Only the following escape characters are allowed: "
                    + "\\xXX, \\t, \\n, \\r, \\\", \\\\.");
      }
      from = cursor.position();
    }

    private int hexByte() {
      for (int i = 0; i < 2; i++) {
        if (ConfigCursor.isNewLine(cursor.next())) {
          throw cursor.syntax("Expected two hexadecimal digits after '\\x', but hit end of line");
        }
      }
      // Like nats-server, looks at the last two bytes, whatever characters they are of.
      int end = cursor.position();
      int high = Character.digit(cursor.before(2), 16);
      int low = Character.digit(cursor.before(1), 16);
      if (high < 0 || low < 0) {
        throw cursor.syntax(
            "Expected two hexadecimal digits after '\\x', but got '"
                + cursor.slice(end - 2, end)
                + "'");
      }
      return (high << 4) | low;
    }

    String upTo(int end) {
      cursor.copy(from, end, parts);
      return ConfigCursor.text(parts.toByteArray(), 0, parts.size());
    }
  }

  /** Reads the name behind {@code include}. */
  String includeName() {
    int c = cursor.next();
    while (ConfigCursor.isBlank(c)) {
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
      throw cursor.syntax("Expected include value but found " + found);
    }
    int start = cursor.position();
    if (c == '"' || c == '\'') {
      for (int next = cursor.next(); next != c; next = cursor.next()) {
        if (next == END) {
          throw cursor.syntax(
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
      if (ConfigCursor.isNewLine(next)
          || ConfigCursor.isBlank(next)
          || next == END
          || next == ';'
          || next == '}') {
        cursor.back();
        return cursor.slice(start, cursor.position());
      }
    }
  }
}
