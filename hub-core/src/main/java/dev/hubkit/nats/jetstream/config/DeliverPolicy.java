package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** Where in the stream a new consumer starts. */
public enum DeliverPolicy {
  /** With the first message. */
  ALL("all"),
  /** With the last message (of those that match the filters). */
  LAST("last"),
  /** With the first message that arrives after the consumer was created. */
  NEW("new"),
  /** With a sequence. */
  BY_START_SEQUENCE("by_start_sequence"),
  /** With the first message at or after a time. */
  BY_START_TIME("by_start_time"),
  /** With the last message of each subject, then what arrives later. */
  LAST_PER_SUBJECT("last_per_subject");

  private final String text;

  DeliverPolicy(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static DeliverPolicy parse(@Nullable Object json) {
    // Old clients send "undefined" for an unset policy.
    return "undefined".equals(json)
        ? ALL
        : JsonNames.match(values(), DeliverPolicy::text, json, ALL);
  }
}
