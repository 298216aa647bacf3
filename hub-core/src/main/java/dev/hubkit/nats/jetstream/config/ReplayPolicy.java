package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** How fast a consumer delivers what the stream holds already. */
public enum ReplayPolicy {
  /** As fast as it can. */
  INSTANT("instant"),
  /** With the pauses between the messages that were there when they arrived. */
  ORIGINAL("original");

  private final String text;

  ReplayPolicy(String text) {
    this.text = text;
  }

  /** The name in configurations. */
  public String text() {
    return text;
  }

  public static ReplayPolicy parse(@Nullable Object json) {
    return JsonNames.match(values(), ReplayPolicy::text, json, INSTANT);
  }
}
