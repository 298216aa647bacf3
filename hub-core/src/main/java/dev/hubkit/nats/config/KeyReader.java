package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.ConfigCursor.END;

import org.jspecify.annotations.Nullable;

/** Reads the names of fields. Confined to its thread. */
final class KeyReader {
  /**
   * A name, and the place of its first character.
   *
   * @param include whether it is the word that has another file read, rather than a name
   */
  record Key(String name, int line, int column, boolean include) {}

  private final ConfigCursor cursor;

  KeyReader(ConfigCursor cursor) {
    this.cursor = cursor;
  }

  /** Reads a name outside of maps; returns null when the text ends instead. */
  @Nullable Key top() {
    int c = cursor.peek();
    if (ConfigCursor.isSeparator(c)) {
      throw cursor.syntax("Unexpected key separator '" + ConfigCursor.shown(c) + "'");
    }
    if (c != '"' && c != '\'') {
      return bare(null);
    }
    cursor.next();
    int start = cursor.position();
    while (cursor.peek() != c) {
      if (cursor.peek() == END) {
        if (cursor.position() > start) {
          throw cursor.syntax("Unexpected EOF.");
        }
        return null;
      }
      cursor.next();
    }
    return closeQuote(start);
  }

  /** Reads a name in a map. */
  Key inMap() {
    int c = cursor.peek();
    if (ConfigCursor.isSeparator(c)) {
      throw cursor.syntax("Unexpected key separator '" + ConfigCursor.shown(c) + "'.");
    }
    if (c == ']') {
      throw cursor.syntax("Unexpected array end ']' processing map.");
    }
    if (c == END) {
      throw cursor.syntax("Unexpected EOF processing map.");
    }
    if (c != '"' && c != '\'') {
      if (c == '/') {
        cursor.next();
      }
      return bare("Unexpected EOF processing map key.");
    }
    cursor.next();
    int start = cursor.position();
    while (cursor.peek() != c) {
      if (cursor.next() == END) {
        throw cursor.syntax(
            c == '"'
                ? "Unexpected EOF processing double quoted map key."
                : "Unexpected EOF processing quoted map key.");
      }
    }
    return closeQuote(start);
  }

  private Key closeQuote(int start) {
    Key key = key(start, start - cursor.lineStart(), false);
    cursor.next();
    return key;
  }

  /**
   * Reads a name without quotes.
   *
   * @param problem what is wrong when the text ends with it; null when it may
   */
  private Key bare(@Nullable String problem) {
    int start = cursor.position();
    int column = cursor.column();
    cursor.next();
    int c = cursor.peek();
    while (!ConfigCursor.isSpace(c) && !ConfigCursor.isSeparator(c)) {
      if (c == END) {
        if (problem != null) {
          throw cursor.syntax(problem);
        }
        break;
      }
      cursor.next();
      c = cursor.peek();
    }
    return key(start, column, ConfigCursor.isSpace(c));
  }

  private Key key(int start, int column, boolean beforeSpace) {
    String name = cursor.slice(start, cursor.position());
    boolean include = beforeSpace && name.equalsIgnoreCase("include");
    return new Key(name, cursor.line(), column, include);
  }
}
