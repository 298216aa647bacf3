package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** When a message is made durable. */
public enum PersistMode {
  /** Before it is acknowledged. */
  DEFAULT("default"),
  /** Some time after it is acknowledged. */
  ASYNC("async");

  private final String text;

  PersistMode(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static PersistMode parse(@Nullable Object json) {
    return JsonNames.match(values(), PersistMode::text, json, DEFAULT);
  }
}
