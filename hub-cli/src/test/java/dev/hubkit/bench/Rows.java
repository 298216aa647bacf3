package dev.hubkit.bench;

import io.nats.client.api.StorageType;
import java.util.LinkedHashMap;
import java.util.Map;

/** The rows of the table and the load that each one measures. */
final class Rows {
  private Rows() {}

  /** Returns all measurements by name, with {@code scale} times the usual number of operations. */
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
    String inProcess = "in-VM request";
    rows.put(inProcess, InProcessLoad.request(inProcess, (int) (scale * 20_000)));
    String idle = "idle connection, KiB";
    // Runs once, in fresh processes: connections of a second round would reuse what the first one
    // left behind.
    rows.put(idle, CoreLoad.idle(idle, (int) (scale * 10_000)).once());
    for (StorageType storage : StorageType.values()) {
      String kind = storage.toString() + " stream";
      String sync = kind + ", publish, us";
      rows.put(sync, JetStreamLoad.publish(sync, storage, (int) (scale * 10_000)));
      String async = kind + ", publish with 1,024 in flight, msg/s";
      rows.put(async, JetStreamLoad.publishAsync(async, storage, (int) (scale * 400_000)));
    }
    rows.put(
        "consumers, msg/s",
        JetStreamLoad.consume(
            "pull and ack, msg/s", "ordered consumer, msg/s", (int) (scale * 400_000)));
    rows.put(
        "key-value, us",
        JetStreamLoad.keyValue("key-value put, us", "key-value get, us", (int) (scale * 10_000)));
    int many = (int) (scale * 10_000_000);
    String messages = String.format("%,d messages", many);
    rows.put(messages, JetStreamLoad.reopen(messages, many, 1).once());
    int names = (int) (scale * 1_000_000);
    String subjects = String.format("%,d subjects", names);
    rows.put(subjects, JetStreamLoad.reopen(subjects, names, names).once());
    return rows;
  }
}
