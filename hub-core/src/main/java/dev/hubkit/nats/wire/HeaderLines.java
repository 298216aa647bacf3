package dev.hubkit.nats.wire;

import dev.hubkit.text.GoNumber;
import java.nio.charset.StandardCharsets;

/** Reads single lines of a header block, without parsing the rest. */
public final class HeaderLines {
  private HeaderLines() {}

  /**
   * Returns the trimmed value of the first line of this name (case counts); empty when there is
   * none.
   */
  public static String value(byte[] block, String name) {
    String text = new String(block, StandardCharsets.UTF_8);
    int at = text.indexOf("\r\n" + name + ':');
    if (at < 0) {
      return "";
    }
    int start = at + 2 + name.length() + 1;
    int end = text.indexOf("\r\n", start);
    return text.substring(start, end < 0 ? text.length() : end).strip();
  }

  /** Returns the value as a decimal number; -1 when there is none. */
  public static long number(byte[] block, String name) {
    return GoNumber.overflowing(value(block, name));
  }
}
