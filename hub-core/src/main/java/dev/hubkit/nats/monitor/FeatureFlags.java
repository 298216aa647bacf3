package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.release.Compatibility;

/**
 * The features that nats-server has behind a flag ({@code server/feature_flags.go}), as it has them
 * when nothing is configured. All but the first are about replicated JetStream or leaf nodes, which
 * Hub does not have.
 */
public final class FeatureFlags {
  private FeatureFlags() {}

  /** Writes those of a release as a field, in alphabetical order. */
  public static void write(JsonWriter json, Compatibility release) {
    boolean since215 = release.atLeast(Compatibility.V2_15);
    json.beginObject("feature_flags").field("js_ack_fc_v2", false);
    if (since215) {
      json.field("js_api_reply_v2", false);
    }
    json.field("js_raft_delete_range", since215);
    if (since215) {
      json.field("js_snapshot_sources", false);
    }
    json.endObject();
  }
}
