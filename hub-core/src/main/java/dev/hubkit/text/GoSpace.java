package dev.hubkit.text;

/** Trims white space as {@code bytes.TrimSpace} and {@code strings.TrimSpace} of Go do. */
public final class GoSpace {
  private static final int NEXT_LINE = 0x85;
  private static final int NO_BREAK_SPACE = 0xa0;

  private GoSpace() {}

  /** Returns the text without the white space around it, of ASCII and beyond. */
  public static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (from < to && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  // What Unicode calls White_Space; no such character is beyond 16 bits.
  private static boolean isSpace(char c) {
    return c == ' '
        || (c >= '\t' && c <= '\r')
        || c == NEXT_LINE
        || c == NO_BREAK_SPACE
        || (c > NO_BREAK_SPACE && Character.isSpaceChar(c));
  }
}
