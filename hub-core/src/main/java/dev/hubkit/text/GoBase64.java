package dev.hubkit.text;

import java.io.ByteArrayOutputStream;

/**
 * Decodes base 64 as {@code encoding/base64} of Go does: line ends are passed over, and the bits
 * that are left over may be anything.
 */
public final class GoBase64 {
  private static final String DIGITS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final String STANDARD = DIGITS + "+/";
  private static final String URL = DIGITS + "-_";
  private static final int GROUP = 4;

  private final String text;
  private final String alphabet;
  private final boolean padded;
  private int at;

  private GoBase64(String text, String alphabet, boolean padded) {
    this.text = text;
    this.alphabet = alphabet;
    this.padded = padded;
  }

  /**
   * Decodes text in the alphabet of URLs without padding: {@code RawURLEncoding}.
   *
   * @throws IllegalArgumentException in the words of Go
   */
  public static byte[] rawUrl(String text) {
    return new GoBase64(text, URL, false).decode();
  }

  /**
   * Decodes text in the standard alphabet with padding: {@code StdEncoding}.
   *
   * @throws IllegalArgumentException in the words of Go
   */
  public static byte[] standard(String text) {
    return new GoBase64(text, STANDARD, true).decode();
  }

  private byte[] decode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
    boolean more = true;
    while (more) {
      int[] group = new int[GROUP];
      int count = group(group);
      int bits = group[0] << 18 | group[1] << 12 | group[2] << 6 | group[3];
      for (int i = 0; i < count - 1; i++) {
        out.write(bits >> (16 - 8 * i));
      }
      more = count == GROUP;
    }
    return out.toByteArray();
  }

  /** Reads up to four digits; fewer end the text. */
  private int group(int[] group) {
    int count = 0;
    while (count < GROUP) {
      skipLineEnds();
      if (at == text.length()) {
        if (count == 1 || (count > 0 && padded)) {
          throw illegal(at - count);
        }
        return count;
      }
      char c = text.charAt(at++);
      int value = alphabet.indexOf(c);
      if (value < 0) {
        if (!padded || c != '=' || count < 2) {
          throw illegal(at - 1);
        }
        padding(count);
        return count;
      }
      group[count++] = value;
    }
    return count;
  }

  private void padding(int count) {
    skipLineEnds();
    if (count == 2) {
      if (at == text.length()) {
        throw illegal(at);
      }
      if (text.charAt(at) != '=') {
        throw illegal(at);
      }
      at++;
      skipLineEnds();
    }
    if (at < text.length()) {
      throw illegal(at);
    }
  }

  private void skipLineEnds() {
    while (at < text.length() && (text.charAt(at) == '\n' || text.charAt(at) == '\r')) {
      at++;
    }
  }

  private static IllegalArgumentException illegal(int index) {
    return new IllegalArgumentException("illegal base64 data at input byte " + index);
  }
}
