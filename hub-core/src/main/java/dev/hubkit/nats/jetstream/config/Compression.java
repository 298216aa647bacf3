package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** How a file store compresses. */
public enum Compression {
  /** Not at all. */
  NONE("none"),
  /** With S2, the Snappy variant. */
  S2("s2");

  private final String text;

  Compression(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static Compression parse(@Nullable Object json) {
    return JsonNames.match(values(), Compression::text, json, NONE);
  }
}
