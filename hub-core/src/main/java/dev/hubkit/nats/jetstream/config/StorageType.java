package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** Where a stream keeps its messages. */
public enum StorageType {
  /** In files, which survive a restart. */
  FILE("file"),
  /** In memory, which ends with the server. */
  MEMORY("memory");

  private final String text;

  StorageType(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static StorageType parse(@Nullable Object json) {
    return JsonNames.match(values(), StorageType::text, json, FILE);
  }
}
