package dev.hubkit.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The lines of a head, as Go's net/textproto reads them. Not thread-safe. */
final class HeadLines {
  private final byte[] bytes;
  private final int length;
  private int position;
  private boolean folded;

  HeadLines(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  /** Returns the next line without its end, which may lack the CR; null when there is none. */
  @Nullable String next() {
    if (position >= length) {
      return null;
    }
    int end = position;
    while (end < length && bytes[end] != '\n') {
      end++;
    }
    int last = end > position && bytes[end - 1] == '\r' ? end - 1 : end;
    String line = new String(bytes, position, last - position, StandardCharsets.ISO_8859_1);
    position = end + 1;
    return line;
  }

  /**
   * Returns the next header, and joins the lines it is folded into by blanks; null when there is
   * none.
   */
  @Nullable String nextFolded() throws BadRequestException {
    if (!folded && startsWithBlank()) {
      // The first header line continues nothing.
      throw BadRequestException.malformed();
    }
    folded = true;
    String line = next();
    if (line == null || line.isEmpty()) {
      return null;
    }
    if (!startsWithBlank()) {
      return line;
    }
    StringBuilder joined = new StringBuilder(trim(line));
    while (startsWithBlank()) {
      joined.append(' ').append(trim(String.valueOf(next())));
    }
    return joined.toString();
  }

  private boolean startsWithBlank() {
    return position < length && (bytes[position] == ' ' || bytes[position] == '\t');
  }

  /** Removes blanks and tabs at either end, but no other white space. */
  static String trim(String text) {
    int begin = 0;
    int end = text.length();
    while (begin < end && isBlank(text.charAt(begin))) {
      begin++;
    }
    while (end > begin && isBlank(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(begin, end);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
