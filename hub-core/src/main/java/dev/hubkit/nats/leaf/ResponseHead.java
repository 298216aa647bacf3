package dev.hubkit.nats.leaf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The status line and the headers with which a server answers an HTTP request.
 *
 * @param status the status and its phrase
 */
record ResponseHead(String status, List<String> lines) {
  static ResponseHead read(TimedInput in) throws IOException {
    String[] lines = in.until("\r\n\r\n").split("\r\n", -1);
    if (!lines[0].matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
      throw new IOException("malformed HTTP response");
    }
    return new ResponseHead(lines[0].substring(9), List.of(lines).subList(1, lines.length - 2));
  }

  boolean is(int code) {
    return status.startsWith(Integer.toString(code));
  }

  /** Returns the values of a header. */
  List<String> all(String name) {
    List<String> values = new ArrayList<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
        values.add(line.substring(colon + 1).strip());
      }
    }
    return values;
  }

  /** Returns the first value of a header; empty when there is none. */
  String first(String name) {
    return all(name).stream().findFirst().orElse("");
  }
}
