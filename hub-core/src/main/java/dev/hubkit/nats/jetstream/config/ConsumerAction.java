package dev.hubkit.nats.jetstream.config;

import dev.hubkit.json.JsonException;

/** What a request to create a consumer may do. */
public enum ConsumerAction {
  CREATE_OR_UPDATE,
  CREATE,
  UPDATE;

  /**
   * Parses the field {@code action}.
   *
   * @throws JsonException if there is none of that name
   */
  public static ConsumerAction parse(String text) {
    return switch (text) {
      case "" -> CREATE_OR_UPDATE;
      case "create" -> CREATE;
      case "update" -> UPDATE;
      default -> throw new JsonException("unknown consumer action: \"" + text + "\"");
    };
  }
}
