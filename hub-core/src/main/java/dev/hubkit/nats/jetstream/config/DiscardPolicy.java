package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** What gives way when a stream is full. */
public enum DiscardPolicy {
  /** The oldest messages. */
  OLD("old"),
  /** The new message, which is refused. */
  NEW("new");

  private final String text;

  DiscardPolicy(String text) {
    this.text = text;
  }

  /** The name in configurations. */
  public String text() {
    return text;
  }

  public static DiscardPolicy parse(@Nullable Object json) {
    return JsonNames.match(values(), DiscardPolicy::text, json, OLD);
  }
}
