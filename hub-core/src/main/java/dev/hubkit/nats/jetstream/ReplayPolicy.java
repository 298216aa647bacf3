package dev.hubkit.nats.jetstream;

import org.jspecify.annotations.Nullable;

/** How fast a consumer delivers what the stream holds already. */
enum ReplayPolicy {
  /** As fast as it can. */
  INSTANT("instant"),
  /** With the pauses between the messages that were there when they arrived. */
  ORIGINAL("original");

  private final String text;

  ReplayPolicy(String text) {
    this.text = text;
  }

  /** The name in configurations. */
  String text() {
    return text;
  }

  static ReplayPolicy parse(@Nullable Object json) {
    return JsonNames.match(values(), ReplayPolicy::text, json, INSTANT);
  }
}
