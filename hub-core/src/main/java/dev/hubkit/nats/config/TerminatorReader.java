package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.ConfigCursor.END;

/**
 * Reads what stands behind a value: white space and comments, and then what parts it from the next
 * one (false) or closes what both are in (true). Confined to its thread.
 */
final class TerminatorReader {
  private final ConfigCursor cursor;

  TerminatorReader(ConfigCursor cursor) {
    this.cursor = cursor;
  }

  void topValue() {
    while (true) {
      int c = cursor.next();
      if (cursor.beginsComment(c)) {
        cursor.skipComment();
        return;
      }
      if (ConfigCursor.isNewLine(c) || c == END || c == ';' || c == ',' || c == '}') {
        return;
      }
      if (!ConfigCursor.isBlank(c) && c != '/') {
        throw cursor.syntax(
            "Expected a top-level value to end with a new line, comment or EOF, but got '"
                + ConfigCursor.shown(c)
                + "' instead.");
      }
    }
  }

  boolean braceValue() {
    while (true) {
      int c = cursor.next();
      if (cursor.beginsComment(c)) {
        cursor.skipComment();
      } else if (ConfigCursor.isNewLine(c) || c == ';' || c == ',') {
        return false;
      } else if (c == '}') {
        return true;
      } else if (!ConfigCursor.isBlank(c) && c != '/') {
        throw cursor.syntax(
            "Expected a block-level value to end with a new line, comment or EOF, but got '"
                + ConfigCursor.shown(c)
                + "' instead.");
      }
    }
  }

  boolean braces() {
    while (true) {
      int c = cursor.next();
      if (cursor.beginsComment(c)) {
        cursor.skipComment();
        return false;
      }
      if (c == ';' || c == ',') {
        return false;
      }
      if (c == '}') {
        return true;
      }
      if (!ConfigCursor.isBlank(c) && !ConfigCursor.isNewLine(c) && c != '/') {
        throw cursor.syntax(
            "Expected a block-level to end with a '}', but got '"
                + ConfigCursor.shown(c)
                + "' instead.");
      }
    }
  }

  boolean element() {
    while (true) {
      int c = cursor.next();
      if (cursor.beginsComment(c)) {
        cursor.skipComment();
      } else if (c == ',' || c == '/' || ConfigCursor.isNewLine(c)) {
        return false;
      } else if (c == ']') {
        return true;
      } else if (!ConfigCursor.isBlank(c)) {
        throw cursor.syntax(
            "Expected an array value terminator \",\" or an array terminator \"]\", but got '"
                + ConfigCursor.shown(c)
                + "' instead.");
      }
    }
  }

  boolean mapValue() {
    while (true) {
      int c = cursor.next();
      if (cursor.beginsComment(c)) {
        cursor.skipComment();
      } else if (c == '/' || c == ';' || c == ',' || ConfigCursor.isNewLine(c)) {
        return false;
      } else if (c == '}') {
        return true;
      } else if (!ConfigCursor.isBlank(c)) {
        throw cursor.syntax(
            "Expected a map value terminator \",\" or a map terminator \"}\", but got '"
                + ConfigCursor.shown(c)
                + "' instead.");
      }
    }
  }
}
