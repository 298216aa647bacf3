package dev.hubkit.log;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Quotes text from outside so that it can be shown: escapes characters that do not print, as Go's
 * {@code %q} does, with which nats-server quotes the names of clients.
 */
public final class Quoted {
  private static final int HEX = 16;
  private static final int LAST_OF_BMP = 0xffff;

  private Quoted() {}

  /** Quotes a text in double quotes. */
  public static String of(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      append(quoted, c);
    }
    return quoted.append('"').toString();
  }

  /** Quotes bytes in double quotes; escapes bytes that are not UTF-8 one by one. */
  public static String of(byte[] bytes, int offset, int length) {
    return '"' + inside(bytes, offset, length) + '"';
  }

  /** As {@link #of(byte[], int, int)}, without the quotes. */
  public static String inside(byte[] bytes, int offset, int length) {
    StringBuilder quoted = new StringBuilder(length + 2);
    int end = offset + length;
    for (int at = offset; at < end; ) {
      int size = sizeOf(bytes, at, end);
      String decoded = size == 0 ? null : decode(bytes, at, size);
      if (decoded == null) {
        hex(quoted.append("\\x"), bytes[at] & 0xff, 2);
        at++;
      } else {
        append(quoted, decoded.codePointAt(0));
        at += size;
      }
    }
    return quoted.toString();
  }

  /**
   * Returns how many bytes the character that begins at {@code at} takes; 0 when none begins there.
   */
  private static int sizeOf(byte[] bytes, int at, int end) {
    int first = bytes[at] & 0xff;
    int size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return first > 0xf4 || at + size > end ? 0 : size;
  }

  private static @Nullable String decode(byte[] bytes, int at, int size) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, at, size))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static void append(StringBuilder quoted, int c) {
    if (c == '"' || c == '\\') {
      quoted.append('\\').append((char) c);
    } else {
      escape(quoted, c);
    }
  }

  /** Returns a throwable whose messages can be shown: the same one if they can be already. */
  public static Throwable of(Throwable thrown) {
    return QuotedThrowable.of(thrown);
  }

  /**
   * Escapes text without quoting it, for use within a line that people read. Escapes line breaks,
   * escape sequences of terminals, and characters that change the direction of text; leaves
   * everything else that prints. Returns the same string when there is nothing to escape.
   */
  public static String plain(String text) {
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (!isPrintable(c)) {
        StringBuilder escaped = new StringBuilder(text.length() + HEX).append(text, 0, i);
        text.codePoints().skip(text.codePointCount(0, i)).forEach(rest -> escape(escaped, rest));
        return escaped.toString();
      }
      i += Character.charCount(c);
    }
    return text;
  }

  private static void escape(StringBuilder quoted, int c) {
    switch (c) {
      case 0x07 -> quoted.append("\\a");
      case '\b' -> quoted.append("\\b");
      case '\f' -> quoted.append("\\f");
      case '\n' -> quoted.append("\\n");
      case '\r' -> quoted.append("\\r");
      case '\t' -> quoted.append("\\t");
      case 0x0b -> quoted.append("\\v");
      default -> {
        if (isPrintable(c)) {
          quoted.appendCodePoint(c);
        } else if (c < ' ' || c == 0x7f) {
          hex(quoted.append("\\x"), c, 2);
        } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
          quoted.append("\\ufffd"); // half of a pair
        } else if (c <= LAST_OF_BMP) {
          hex(quoted.append("\\u"), c, 4);
        } else {
          hex(quoted.append("\\U"), c, 8);
        }
      }
    }
  }

  private static void hex(StringBuilder target, int number, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      target.append(Character.forDigit(number >> shift & (HEX - 1), HEX));
    }
  }

  // Letters, marks, numbers, punctuation, symbols and the space of ASCII: strconv.IsPrint of Go.
  private static boolean isPrintable(int c) {
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
