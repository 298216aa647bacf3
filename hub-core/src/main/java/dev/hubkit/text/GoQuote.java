package dev.hubkit.text;

/** Quotes and escapes text as Go's {@code strconv.Quote} and the verb {@code %q} do. */
public final class GoQuote {
  private static final int HEX = 16;
  private static final int LAST_OF_BMP = 0xffff;

  private GoQuote() {}

  /** Returns the text in double quotes. */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      append(quoted, c);
    }
    return quoted.append('"').toString();
  }

  /** Returns UTF-8 text in double quotes; see {@link #inside}. */
  public static String quote(byte[] text) {
    return '"' + inside(text, 0, text.length) + '"';
  }

  /**
   * Returns UTF-8 text as it stands between the quotes; bytes that are not UTF-8 become {@code
   * \xNN}, one by one.
   */
  public static String inside(byte[] text, int offset, int length) {
    StringBuilder quoted = new StringBuilder(length + 2);
    int end = offset + length;
    for (int at = offset; at < end; ) {
      int size = Utf8.length(text, at, end);
      if (size == 0) {
        hex(quoted.append("\\x"), text[at] & 0xff, 2);
        at++;
      } else {
        append(quoted, Utf8.rune(text, at, size));
        at += size;
      }
    }
    return quoted.toString();
  }

  /** Returns a byte, taken as a character of Latin-1, in single quotes. */
  public static String character(int c) {
    StringBuilder out = new StringBuilder(8).append('\'');
    if (c == '\'' || c == '\\') {
      out.append('\\').append((char) c);
    } else {
      escape(out, c);
    }
    return out.append('\'').toString();
  }

  private static void append(StringBuilder quoted, int c) {
    if (c == '"' || c == '\\') {
      quoted.append('\\').append((char) c);
    } else {
      escape(quoted, c);
    }
  }

  /** Appends a character, escaped unless it prints; quotes and backslashes do. */
  public static void escape(StringBuilder out, int c) {
    switch (c) {
      case 0x07 -> out.append("\\a");
      case '\b' -> out.append("\\b");
      case '\f' -> out.append("\\f");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      case 0x0b -> out.append("\\v");
      default -> {
        if (isPrintable(c)) {
          out.appendCodePoint(c);
        } else if (c < ' ' || c == 0x7f) {
          hex(out.append("\\x"), c, 2);
        } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
          out.append("\\ufffd"); // half of a pair
        } else if (c <= LAST_OF_BMP) {
          hex(out.append("\\u"), c, 4);
        } else {
          hex(out.append("\\U"), c, 8);
        }
      }
    }
  }

  private static void hex(StringBuilder target, int number, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      target.append(Character.forDigit(number >> shift & (HEX - 1), HEX));
    }
  }

  /**
   * Returns whether a character prints: letters, marks, numbers, punctuation, symbols and the space
   * of ASCII, as {@code strconv.IsPrint} of Go.
   */
  public static boolean isPrintable(int c) {
    if (c < 0x7f) {
      return c >= ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
