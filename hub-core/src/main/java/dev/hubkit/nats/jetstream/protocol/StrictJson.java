package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import java.util.Set;

/** Parses requests strictly, as nats-server has done by default since 2.12. */
public final class StrictJson {
  private StrictJson() {}

  /**
   * Refuses unknown fields, unless the object was parsed leniently.
   *
   * @throws JsonException naming the first unknown field
   */
  public static void allow(JsonObject json, Set<String> names) {
    if (json.isTolerant()) {
      return;
    }
    for (String name : json.names()) {
      if (!names.contains(name) && !isKnown(name, names)) {
        throw new JsonException("json: unknown field \"" + name + "\"");
      }
    }
  }

  private static boolean isKnown(String name, Set<String> names) {
    for (String known : names) {
      if (known.equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }
}
