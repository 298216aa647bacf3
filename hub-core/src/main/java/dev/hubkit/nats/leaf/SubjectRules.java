package dev.hubkit.nats.leaf;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which subjects may cross in one direction: what {@code import} and {@code export} of an INFO say.
 *
 * @param allow null for everything
 */
record SubjectRules(@Nullable List<String> allow, List<String> deny) {
  static final SubjectRules ALL = new SubjectRules(null, List.of());

  /** Reads the field of that name; everything may cross where there is none. */
  static SubjectRules read(JsonObject info, String name) {
    JsonObject rules = info.object(name);
    return rules == null
        ? ALL
        : new SubjectRules(
            rules.has("allow") ? rules.strings("allow") : null, rules.strings("deny"));
  }

  void write(JsonWriter json, String name) {
    if (allow != null || !deny.isEmpty()) {
      json.beginObject(name);
      if (allow != null) {
        json.fieldIfSet("allow", allow);
      }
      json.fieldIfSet("deny", deny).endObject();
    }
  }
}
