package dev.hubkit.nats.credential;

import org.jspecify.annotations.Nullable;

/** Base 32 of RFC 4648 in upper case without padding, as NKeys use it. */
final class Base32 {
  private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private Base32() {}

  static String encode(byte[] bytes) {
    StringBuilder text = new StringBuilder((bytes.length * 8 + 4) / 5);
    int bits = 0;
    int value = 0;
    for (byte b : bytes) {
      value = (value << 8) | (b & 0xff);
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        text.append(ALPHABET.charAt((value >> bits) & 31));
      }
      value &= (1 << bits) - 1;
    }
    if (bits > 0) {
      text.append(ALPHABET.charAt((value << (5 - bits)) & 31));
    }
    return text.toString();
  }

  /** Decodes a text; returns null when it is not base 32. */
  static byte @Nullable [] decode(CharSequence text) {
    byte[] bytes = new byte[text.length() * 5 / 8];
    int at = 0;
    int bits = 0;
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = ALPHABET.indexOf(text.charAt(i));
      if (digit < 0) {
        return null;
      }
      value = ((value << 5) | digit) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = (byte) (value >> bits);
      }
    }
    return bytes;
  }
}
