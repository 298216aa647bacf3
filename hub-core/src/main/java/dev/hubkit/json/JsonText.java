package dev.hubkit.json;

import dev.hubkit.text.Utf8;
import org.jspecify.annotations.Nullable;

/** Reads strings and numbers in JSON text that is known to be well-formed. */
final class JsonText {
  private static final char REPLACEMENT = '\ufffd';
  private static final int ESCAPE = "\\uXXXX".length();

  private JsonText() {}

  /**
   * Returns the text between two quotes. Bytes that are not UTF-8 and halves of surrogate pairs
   * become replacement characters, as in Go.
   */
  static String unquote(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text[i] == '\\') {
        return unescape(Utf8.decode(text, from, to));
      }
    }
    return Utf8.decode(text, from, to);
  }

  private static String unescape(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char code = text.charAt(++at);
      if (code == 'u') {
        char unit = unit(text, at + 1);
        at += ESCAPE - 2;
        if (Character.isHighSurrogate(unit) && isLowSurrogateAt(text, at + 1)) {
          out.append(unit).append(unit(text, at + 3));
          at += ESCAPE;
        } else {
          out.append(Character.isSurrogate(unit) ? REPLACEMENT : unit);
        }
      } else {
        out.append(escaped(code));
      }
    }
    return out.toString();
  }

  private static boolean isLowSurrogateAt(String text, int at) {
    return text.startsWith("\\u", at) && Character.isLowSurrogate(unit(text, at + 2));
  }

  private static char unit(String text, int at) {
    int unit = 0;
    for (int i = at; i < at + 4; i++) {
      unit = unit << 4 | Character.digit(text.charAt(i), 16);
    }
    return (char) unit;
  }

  private static char escaped(char code) {
    return switch (code) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> code;
    };
  }

  /** Returns whether a number has neither fraction nor exponent. */
  static boolean isInteger(String number) {
    for (int i = 0; i < number.length(); i++) {
      char c = number.charAt(i);
      if (c == '.' || c == 'e' || c == 'E') {
        return false;
      }
    }
    return true;
  }

  /** Returns a number, or null if it is beyond 64 bits. */
  static @Nullable Double finite(String number) {
    double value = Double.parseDouble(number);
    return Double.isInfinite(value) ? null : value;
  }
}
