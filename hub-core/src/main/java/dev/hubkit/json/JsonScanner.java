package dev.hubkit.json;

import dev.hubkit.text.GoQuote;
import java.util.BitSet;

/**
 * Finds the ends of values in JSON text, and what is wrong with text that is none: in the words of
 * {@code scanner.go} of Go's {@code encoding/json}. Recurses into nothing, so that deep text does
 * no harm. Not thread-safe.
 */
final class JsonScanner {
  private static final int MAX_DEPTH = 10_000;

  private final byte[] text;
  private final int begin;
  private final int end;
  private final boolean streaming;
  private final BitSet objects = new BitSet();

  /**
   * @param streaming whether the text is read as Go's {@code Decoder} does, which takes one value
   *     after the other, or as {@code Unmarshal} does, which takes one
   */
  JsonScanner(byte[] text, int begin, int end, boolean streaming) {
    this.text = text;
    this.begin = begin;
    this.end = end;
    this.streaming = streaming;
  }

  /**
   * Checks that the text is one value, and returns where it begins.
   *
   * @throws JsonException if it is not
   */
  int only() {
    int first = skipSpace(begin);
    int behind = skipSpace(skip(first));
    if (behind < end) {
      throw error(behind, "after top-level value");
    }
    return first;
  }

  /** Returns the index of the first byte at or after {@code at} that is no white space. */
  int skipSpace(int at) {
    int next = at;
    while (next < end && isSpace(text[next])) {
      next++;
    }
    return next;
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  /**
   * Returns the index behind the value that begins at {@code from} or after white space.
   *
   * @throws JsonException if there is no value
   */
  int skip(int from) {
    int at = from;
    int depth = 0;
    while (true) {
      at = needed(at);
      int c = text[at];
      boolean opened = c == '{' || c == '[';
      if (opened) {
        if (depth == MAX_DEPTH) {
          throw error(at, "exceeded max depth");
        }
        objects.set(depth++, c == '{');
        at = needed(at + 1);
      }
      if (opened && text[at] == (c == '{' ? '}' : ']')) {
        depth--;
        at++;
      } else if (opened) {
        at = c == '{' ? key(at) : at;
        continue;
      } else {
        at = literal(at);
      }
      // A value has ended, and with it perhaps others that it is in.
      boolean more = false;
      while (depth > 0 && !more) {
        at = needed(at);
        more = text[at] == ',';
        boolean object = objects.get(depth - 1);
        if (!more && text[at] != (object ? '}' : ']')) {
          throw error(at, object ? "after object key:value pair" : "after array element");
        }
        at++;
        if (more) {
          at = object ? key(needed(at)) : at;
        } else {
          depth--;
        }
      }
      if (!more) {
        return at;
      }
    }
  }

  /** Returns the index of the next byte that is no white space, which there must be. */
  private int needed(int at) {
    int next = skipSpace(at);
    if (next == end) {
      throw tooShort();
    }
    return next;
  }

  /** Returns the index behind a key and its colon. */
  private int key(int at) {
    if (text[at] != '"') {
      throw error(at, "looking for beginning of object key string");
    }
    int colon = needed(string(at));
    if (text[colon] != ':') {
      throw error(colon, "after object key");
    }
    return colon + 1;
  }

  private int literal(int at) {
    int c = text[at];
    return switch (c) {
      case '"' -> string(at);
      case 't' -> word(at, "true");
      case 'f' -> word(at, "false");
      case 'n' -> word(at, "null");
      default -> {
        if (c != '-' && !isDigit(c)) {
          throw error(at, "looking for beginning of value");
        }
        yield number(at);
      }
    };
  }

  private int word(int from, String word) {
    for (int i = 1; i < word.length(); i++) {
      if (at(from + i) != word.charAt(i)) {
        throw error(from + i, "in literal " + word + " (expecting '" + word.charAt(i) + "')");
      }
    }
    return from + word.length();
  }

  /** Returns the index behind the string that begins at {@code from}. */
  int string(int from) {
    int at = from + 1;
    while (true) {
      if (at == end) {
        throw tooShort();
      }
      int c = text[at];
      if (c == '"') {
        return at + 1;
      }
      if (c >= 0 && c < ' ') {
        throw error(at, "in string literal");
      }
      at = c == '\\' ? escape(at + 1) : at + 1;
    }
  }

  private int escape(int at) {
    int c = at(at);
    if (c != 'u') {
      if ("bfnrt\\/\"".indexOf(c) < 0) {
        throw error(at, "in string escape code");
      }
      return at + 1;
    }
    for (int i = 1; i <= 4; i++) {
      if (Character.digit(at(at + i), 16) < 0) {
        throw error(at + i, "in \\u hexadecimal character escape");
      }
    }
    return at + 5;
  }

  private int number(int from) {
    int at = from;
    if (text[at] == '-') {
      at++;
      if (!isDigit(at(at))) {
        throw error(at, "in numeric literal");
      }
    }
    at = at(at) == '0' ? at + 1 : digits(at);
    if (at(at) == '.') {
      at++;
      if (!isDigit(at(at))) {
        throw error(at, "after decimal point in numeric literal");
      }
      at = digits(at);
    }
    if (at(at) == 'e' || at(at) == 'E') {
      at++;
      at = at(at) == '+' || at(at) == '-' ? at + 1 : at;
      if (!isDigit(at(at))) {
        throw error(at, "in exponent of numeric literal");
      }
      at = digits(at);
    }
    return at;
  }

  private int digits(int from) {
    int at = from;
    while (isDigit(at(at))) {
      at++;
    }
    return at;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  /** Returns a byte; behind the text follows a space, with which Go ends what is open. */
  private int at(int at) {
    return at < end ? text[at] & 0xff : ' ';
  }

  private JsonException tooShort() {
    return streaming
        ? new JsonException("unexpected EOF")
        : JsonException.syntax("unexpected end of JSON input", end - begin);
  }

  private JsonException error(int at, String context) {
    if (at >= end && streaming) {
      return tooShort();
    }
    return JsonException.syntax(
        "invalid character " + GoQuote.character(at(at)) + " " + context,
        Math.min(at + 1, end) - begin);
  }
}
