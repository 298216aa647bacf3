package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.JsonNames;
import org.jspecify.annotations.Nullable;

/** What a full stream discards. */
public enum DiscardPolicy {
  /** The oldest messages. */
  OLD("old"),
  /** The new message, which is refused. */
  NEW("new");

  private final String text;

  DiscardPolicy(String text) {
    this.text = text;
  }

  /** Returns the name in configurations. */
  public String text() {
    return text;
  }

  public static DiscardPolicy parse(@Nullable Object json) {
    return JsonNames.match(values(), DiscardPolicy::text, json, OLD);
  }
}
