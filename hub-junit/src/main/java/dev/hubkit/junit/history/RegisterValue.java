package dev.hubkit.junit.history;

import java.nio.charset.StandardCharsets;

/**
 * What a key of a bucket holds: a value, or the marker of its end.
 *
 * @param marker the operation of a marker, such as {@code DEL}; empty for a value
 * @param bytes the payload, a character for each byte
 */
record RegisterValue(String marker, String bytes) {
  private static final int SHOWN = 40;

  static RegisterValue of(String text) {
    return of("", text.getBytes(StandardCharsets.UTF_8));
  }

  static RegisterValue of(String marker, byte[] payload) {
    return new RegisterValue(marker, new String(payload, StandardCharsets.ISO_8859_1));
  }

  @Override
  public String toString() {
    if (!marker.isEmpty()) {
      return marker + " marker";
    }
    String text =
        new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
            .replaceAll("[\\p{Cntrl}\ufffd]", "\u00b7");
    return text.length() <= SHOWN ? '"' + text + '"' : '"' + text.substring(0, SHOWN) + "…\"";
  }
}
