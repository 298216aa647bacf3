package dev.hubkit.text;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Quotes text as Go's {@code strconv.Quote} and the verb {@code %q} do. */
public final class GoQuote {
  private static final char REPLACEMENT = '\ufffd';

  private GoQuote() {}

  /** Returns the text in double quotes. */
  public static String quote(String text) {
    return quote(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns UTF-8 text in double quotes; bytes that are not UTF-8 become {@code \xNN}. */
  public static String quote(byte[] text) {
    StringBuilder out = new StringBuilder(text.length + 2).append('"');
    for (int at = 0; at < text.length; ) {
      int length = Utf8.length(text, at, text.length);
      int rune = length == 0 ? text[at] & 0xff : Utf8.rune(text, at, length);
      if (length == 0) {
        out.append(String.format(Locale.ROOT, "\\x%02x", rune));
      } else {
        append(out, rune, '"');
      }
      at += Math.max(1, length);
    }
    return out.append('"').toString();
  }

  /** Returns a byte, taken as a character of Latin-1, in single quotes. */
  public static String character(int c) {
    StringBuilder out = new StringBuilder(8).append('\'');
    if (c == '\'') {
      out.append("\\'");
    } else if (c == '"') {
      out.append('"');
    } else {
      append(out, c, '"');
    }
    return out.append('\'').toString();
  }

  private static void append(StringBuilder out, int rune, char quote) {
    if (rune == quote || rune == '\\') {
      out.append('\\').append((char) rune);
    } else if (isPrintable(rune)) {
      out.appendCodePoint(rune);
    } else {
      out.append(escape(rune));
    }
  }

  private static String escape(int rune) {
    return switch (rune) {
      case 0x07 -> "\\a";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case 0x0b -> "\\v";
      default -> {
        String form =
            rune < ' ' || rune == 0x7f ? "\\x%02x" : rune > 0xffff ? "\\U%08x" : "\\u%04x";
        yield String.format(Locale.ROOT, form, rune);
      }
    };
  }

  // Go prints letters, marks, numbers, punctuation, symbols and the ASCII space.
  private static boolean isPrintable(int rune) {
    if (rune == ' ' || rune == REPLACEMENT) {
      return true;
    }
    return switch (Character.getType(rune)) {
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
