package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** What keeps a message in its stream. */
public enum RetentionPolicy {
  /** The limits of the stream alone. */
  LIMITS("limits"),
  /** A consumer that has yet to acknowledge it. */
  INTEREST("interest"),
  /** Nobody having acknowledged it: the first acknowledgement removes it. */
  WORK_QUEUE("workqueue");

  private final String text;

  RetentionPolicy(String text) {
    this.text = text;
  }

  /** The name in configurations. */
  public String text() {
    return text;
  }

  public static RetentionPolicy parse(@Nullable Object json) {
    return JsonNames.match(values(), RetentionPolicy::text, json, LIMITS);
  }
}
