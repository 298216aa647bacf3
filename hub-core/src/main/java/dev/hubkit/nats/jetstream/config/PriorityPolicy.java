package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** Which of the waiting pull requests are served first (ADR-42). */
public enum PriorityPolicy {
  /** In the order they came. */
  NONE("none"),
  /** Only when as much is pending as the request asks for. */
  OVERFLOW("overflow"),
  /** Those of one client, until it goes away. */
  PINNED_CLIENT("pinned_client"),
  /** Those with the lowest priority number. */
  PRIORITIZED("prioritized");

  private final String text;

  PriorityPolicy(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static PriorityPolicy parse(@Nullable Object json) {
    return JsonNames.match(
        values(), PriorityPolicy::text, json, NONE, "unknown priority policy: %s");
  }
}
