package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** How soon a message is safe. */
public enum PersistMode {
  /** Before it is acknowledged. */
  DEFAULT("default"),
  /** Some time after it is acknowledged. */
  ASYNC("async");

  private final String text;

  PersistMode(String text) {
    this.text = text;
  }

  /** The name in configurations. */
  public String text() {
    return text;
  }

  public static PersistMode parse(@Nullable Object json) {
    return JsonNames.match(values(), PersistMode::text, json, DEFAULT);
  }
}
