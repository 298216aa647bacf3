package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.release.Compatibility;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The features that nats-server has behind a flag ({@code server/feature_flags.go}), with what the
 * configuration says of them. Flags that the release does not know have no effect and are not
 * reported. Immutable.
 */
public final class FeatureFlags {
  /** Acknowledgements and flow control on subjects with domain and account (ADR-15). */
  public static final String ACK_FORMAT = "js_ack_fc_v2";

  /** Replies to the API requests of the server itself on subjects that tell what they are for. */
  public static final String API_REPLY_FORMAT = "js_api_reply_v2";

  // The other flags are about streams with replicas.
  private static final Map<String, Boolean> V2_14 =
      Map.of(ACK_FORMAT, false, "js_raft_delete_range", false);
  private static final Map<String, Boolean> V2_15 =
      Map.of(
          ACK_FORMAT,
          false,
          API_REPLY_FORMAT,
          false,
          "js_raft_delete_range",
          true,
          "js_snapshot_sources",
          false);

  private final Map<String, Boolean> flags;

  private FeatureFlags(Map<String, Boolean> flags) {
    this.flags = flags;
  }

  /** Returns the flags of a release, as a configuration sets them. */
  public static FeatureFlags of(ServerConfig config, Compatibility compatibility) {
    Map<String, Boolean> flags = new TreeMap<>(defaults(compatibility));
    config
        .get(Options.FEATURE_FLAGS)
        .forEach((name, value) -> flags.computeIfPresent(name, (same, was) -> value));
    return new FeatureFlags(flags);
  }

  private static Map<String, Boolean> defaults(Compatibility compatibility) {
    return compatibility.atLeast(Compatibility.V2_15) ? V2_15 : V2_14;
  }

  /** Returns what the log says at the start of the flags that are configured; nothing for none. */
  public static List<String> startLines(ServerConfig config, Compatibility compatibility) {
    Map<String, Boolean> said = new TreeMap<>(config.get(Options.FEATURE_FLAGS));
    if (said.isEmpty()) {
      return List.of();
    }
    Map<String, Boolean> defaults = defaults(compatibility);
    List<String> configured = new ArrayList<>();
    List<String> unsupported = new ArrayList<>();
    said.forEach(
        (name, value) -> {
          Boolean known = defaults.get(name);
          if (known == null) {
            unsupported.add(name);
          } else {
            configured.add(name + " (" + change(known, value) + ")");
          }
        });
    List<String> lines = new ArrayList<>();
    lines.add("  Feature flags:");
    lines.add(
        "    Configured:    " + (configured.isEmpty() ? "none" : String.join(", ", configured)));
    if (!unsupported.isEmpty()) {
      lines.add("    Unsupported:   " + String.join(", ", unsupported));
    }
    return lines;
  }

  private static String change(boolean from, boolean to) {
    return from ? (to ? "enabled" : "opt-out") : (to ? "opt-in" : "disabled");
  }

  /** Returns whether a feature is on; false where the release does not have it. */
  public boolean isOn(String name) {
    return flags.getOrDefault(name, false);
  }

  /** Writes them as a field. */
  public void write(JsonWriter json) {
    json.beginObject("feature_flags");
    flags.forEach(json::field);
    json.endObject();
  }
}
