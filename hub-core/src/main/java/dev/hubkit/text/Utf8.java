package dev.hubkit.text;

import java.nio.charset.StandardCharsets;

/**
 * UTF-8 as Go decodes it: each byte that is part of no character becomes a replacement character.
 */
public final class Utf8 {
  private static final char REPLACEMENT = '\ufffd';

  private Utf8() {}

  /** Returns the text of some bytes. */
  public static String decode(byte[] text, int from, int to) {
    String decoded = new String(text, from, to - from, StandardCharsets.UTF_8);
    // Java replaces a sequence that breaks off by one character, Go by one for each byte.
    return decoded.indexOf(REPLACEMENT) < 0 ? decoded : decodeSlowly(text, from, to);
  }

  private static String decodeSlowly(byte[] text, int from, int to) {
    StringBuilder out = new StringBuilder(to - from);
    for (int at = from; at < to; ) {
      int length = length(text, at, to);
      out.appendCodePoint(length == 0 ? REPLACEMENT : rune(text, at, length));
      at += Math.max(1, length);
    }
    return out.toString();
  }

  /** Returns how many bytes the character at {@code at} has, or 0 if there is none. */
  public static int length(byte[] text, int at, int end) {
    int first = text[at] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    int length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || at + length > end) {
      return 0;
    }
    for (int i = 1; i < length; i++) {
      if ((text[at + i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int rune = rune(text, at, length);
    boolean overlong = rune < (length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80);
    boolean surrogate = rune >= 0xd800 && rune <= 0xdfff;
    return overlong || surrogate || rune > Character.MAX_CODE_POINT ? 0 : length;
  }

  /** Returns the character of so many bytes at {@code at}. */
  public static int rune(byte[] text, int at, int length) {
    int rune = text[at] & (length == 1 ? 0x7f : 0xff >> (length + 1));
    for (int i = 1; i < length; i++) {
      rune = rune << 6 | (text[at + i] & 0x3f);
    }
    return rune;
  }
}
