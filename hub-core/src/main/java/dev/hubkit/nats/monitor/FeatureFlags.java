package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import java.util.List;

/**
 * The features that nats-server 2.14.5 has behind a flag. Both are about replicated JetStream,
 * which Hub does not have, so both are always off.
 */
public final class FeatureFlags {
  private static final List<String> NAMES = List.of("js_ack_fc_v2", "js_raft_delete_range");

  private FeatureFlags() {}

  /** Writes them as a field. */
  public static void write(JsonWriter json) {
    json.beginObject("feature_flags");
    NAMES.forEach(name -> json.field(name, false));
    json.endObject();
  }
}
