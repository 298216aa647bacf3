package dev.hubkit.nats.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All fields of a header block by name, in the case and order they have there. */
public final class HeaderFields {
  private static final String FIRST_LINE = "NATS/1.0\r\n";

  private HeaderFields() {}

  /**
   * Splits a block into fields as nats-server does for traces: trims values and leaves out fields
   * without name or value; a block with a wrong first line has no fields.
   */
  public static Map<String, List<String>> of(byte[] block) {
    String text = new String(block, StandardCharsets.UTF_8);
    if (!text.startsWith(FIRST_LINE)) {
      return new LinkedHashMap<>();
    }
    Map<String, List<String>> fields = new LinkedHashMap<>();
    int at = FIRST_LINE.length();
    while (at < text.length()) {
      int colon = text.indexOf(':', at);
      int end = colon < 0 ? -1 : text.indexOf("\r\n", colon);
      if (end < 0) {
        break;
      }
      String name = text.substring(at, colon);
      String value = text.substring(colon + 1, end).strip();
      if (!name.isEmpty() && !value.isEmpty()) {
        fields.computeIfAbsent(name, key -> new ArrayList<>(1)).add(value);
      }
      at = end + 2;
    }
    return fields;
  }
}
