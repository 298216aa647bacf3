package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** How fast a consumer delivers the messages that the stream already holds. */
public enum ReplayPolicy {
  /** As fast as it can. */
  INSTANT("instant"),
  /** With the pauses with which the messages arrived. */
  ORIGINAL("original");

  private final String text;

  ReplayPolicy(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static ReplayPolicy parse(@Nullable Object json) {
    return JsonNames.match(values(), ReplayPolicy::text, json, INSTANT);
  }
}
