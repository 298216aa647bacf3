package dev.hubkit.nats.config;

import java.io.ByteArrayOutputStream;

/**
 * A place in the text of a configuration file, which is read as UTF-8, one code point at a time.
 */
final class ConfigCursor {
  /** What is read behind the last character; a NUL in the text ends it too. */
  static final int END = 0;

  private static final int REPLACEMENT = 0xfffd;

  private final byte[] text;
  private final String file;
  private int position;
  private int width;
  private int line = 1;
  private int lineStart;

  /**
   * Begins at the first character.
   *
   * @param file the name of the file that the text is from; empty for none
   */
  ConfigCursor(byte[] text, String file) {
    this.text = text;
    this.file = file;
  }

  /** Returns a value that ends here, and whose place is this line and a column of it. */
  ConfigValue value(Object value, int column) {
    return new ConfigValue(value, file, line, column);
  }

  /** Returns what is wrong with the text here. */
  ConfigException syntax(String problem) {
    return new ConfigException("Parse error on line " + line + ": '" + problem + "'");
  }

  int next() {
    if (position >= text.length) {
      width = 0;
      return END;
    }
    if (text[position] == '\n') {
      line++;
      lineStart = position;
    }
    int c = decode();
    position += width;
    return c;
  }

  /** Takes back the last {@link #next()}; once only. */
  void back() {
    position -= width;
    if (width > 0 && text[position] == '\n') {
      line--;
    }
    width = 0;
  }

  /** The next character, which stays the next; afterwards {@link #back()} takes back nothing. */
  int peek() {
    int c = next();
    back();
    return c;
  }

  /** Takes back an ASCII character other than a line feed, whatever was peeked at since. */
  void backOne() {
    position--;
  }

  void skipSpace() {
    while (isSpace(peek())) {
      next();
    }
  }

  void skipSpaceAndComments() {
    while (true) {
      int c = next();
      if (beginsComment(c)) {
        skipComment();
      } else if (!isSpace(c)) {
        if (c == '/') {
          backOne();
        } else {
          back();
        }
        return;
      }
    }
  }

  /** Returns whether the last character read begins a comment, with the next or alone. */
  boolean beginsComment(int last) {
    return last == '#' || (last == '/' && peek() == '/');
  }

  void skipComment() {
    for (int c = peek(); !isNewLine(c) && c != END; c = peek()) {
      next();
    }
  }

  int position() {
    return position;
  }

  /** How far the cursor is in its line. */
  int column() {
    return position - lineStart;
  }

  int line() {
    return line;
  }

  /** Where the line begins that the cursor is in: the place of the line feed before it, or 0. */
  int lineStart() {
    return lineStart;
  }

  boolean atEnd() {
    return position >= text.length;
  }

  String slice(int from, int to) {
    return text(text, from, to);
  }

  void copy(int from, int to, ByteArrayOutputStream target) {
    target.write(text, from, to - from);
  }

  /** Returns the byte that far behind: 1 for the last one read, 2 for the one before it. */
  int before(int offset) {
    return position - offset >= 0 ? text[position - offset] : END;
  }

  private int decode() {
    int c = codePoint(text, position, text.length);
    width = width(text, position, c);
    return c;
  }

  /** Returns bytes as text, each byte that is not UTF-8 as a replacement character, as Go does. */
  static String text(byte[] bytes, int from, int to) {
    StringBuilder result = new StringBuilder(to - from);
    int at = from;
    while (at < to) {
      int c = codePoint(bytes, at, to);
      result.appendCodePoint(c);
      at += width(bytes, at, c);
    }
    return result.toString();
  }

  // A malformed sequence is one byte wide and reads as the replacement character.
  private static int codePoint(byte[] bytes, int at, int end) {
    int first = bytes[at] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int more = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : 1;
    if (first < 0xc2 || first >= 0xf5 || at + more >= end) {
      return REPLACEMENT;
    }
    int c = first & (0x3f >> more);
    for (int i = 1; i <= more; i++) {
      int b = bytes[at + i] & 0xff;
      if ((b & 0xc0) != 0x80) {
        return REPLACEMENT;
      }
      c = (c << 6) | (b & 0x3f);
    }
    boolean overlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
    boolean surrogate = c >= 0xd800 && c <= 0xdfff;
    return overlong || surrogate || c > Character.MAX_CODE_POINT ? REPLACEMENT : c;
  }

  private static int width(byte[] bytes, int at, int c) {
    if (c == REPLACEMENT) {
      boolean written =
          bytes.length - at >= 3
              && bytes[at] == (byte) 0xef
              && bytes[at + 1] == (byte) 0xbf
              && bytes[at + 2] == (byte) 0xbd;
      return written ? 3 : 1;
    }
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
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

  static boolean isSpace(int c) {
    return switch (c) {
      case ' ', '\t', '\n', 0x0b, '\f', '\r', 0x85, 0xa0, 0x2028, 0x2029 -> true;
      default -> c > 0xff && Character.getType(c) == Character.SPACE_SEPARATOR;
    };
  }

  static boolean isSeparator(int c) {
    return c == '=' || c == ':';
  }
}
