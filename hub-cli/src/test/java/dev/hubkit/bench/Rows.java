package dev.hubkit.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** The rows of the table and the load behind each. */
final class Rows {
  private Rows() {}

  /** All measurements by name, with {@code scale} times the usual number of operations. */
  static Map<String, Measurement> all(double scale) {
    Map<String, Measurement> rows = new LinkedHashMap<>();
    for (int payload : new int[] {16, 128, 8192}) {
      String row = "pub/sub " + payload + " B, msg/s";
      int messages = (int) (scale * (payload > 1000 ? 150_000 : 2_000_000));
      rows.put(row, CoreLoad.publish(row, payload, 1, messages));
    }
    String fanOut = "fan-out 1 to 10, 128 B, msg/s";
    rows.put(fanOut, CoreLoad.publish(fanOut, 128, 10, (int) (scale * 300_000)));
    rows.put("request, us", CoreLoad.request("request, us", (int) (scale * 20_000)));
    String idle = "idle connection, KiB";
    rows.put(idle, CoreLoad.idle(idle, (int) (scale * 10_000)));
    return rows;
  }
}
