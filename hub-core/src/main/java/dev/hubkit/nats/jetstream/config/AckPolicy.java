package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** How the messages a consumer delivers are acknowledged. */
public enum AckPolicy {
  /** Not at all: a delivered message counts as acknowledged. */
  NONE("none"),
  /** An acknowledgement covers every message up to its own. */
  ALL("all"),
  /** Each message on its own. */
  EXPLICIT("explicit"),
  /** Like {@link #ALL}, by the answers to flow control requests (ADR-60). */
  FLOW_CONTROL("flow_control");

  private final String text;

  AckPolicy(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static AckPolicy parse(@Nullable Object json) {
    return JsonNames.match(values(), AckPolicy::text, json, NONE);
  }
}
