package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import java.util.Set;

/** Requests are read strictly, as nats-server does by default since 2.12. */
final class StrictJson {
  private StrictJson() {}

  /**
   * Refuses fields nobody knows.
   *
   * @throws JsonException naming the first one
   */
  static void allow(JsonObject json, Set<String> names) {
    for (String name : json.names()) {
      if (!names.contains(name)) {
        throw new JsonException("json: unknown field \"" + name + "\"");
      }
    }
  }
}
