package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import java.util.Set;

/** Requests are read strictly, as nats-server does since 2.12 unless it is told not to. */
public final class StrictJson {
  private StrictJson() {}

  /**
   * Refuses fields nobody knows, unless the object is to be read tolerantly.
   *
   * @throws JsonException naming the first one
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
