package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** How long a stream keeps a message. */
public enum RetentionPolicy {
  /** As long as the limits of the stream allow. */
  LIMITS("limits"),
  /** As long as a consumer has yet to acknowledge it. */
  INTEREST("interest"),
  /** Until the first acknowledgement, which removes it. */
  WORK_QUEUE("workqueue");

  private final String text;

  RetentionPolicy(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static RetentionPolicy parse(@Nullable Object json) {
    return JsonNames.match(values(), RetentionPolicy::text, json, LIMITS);
  }
}
