package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonWriter;

/** The form of responses of the JetStream API. */
public final class ApiResponse {
  private static final String TYPE_PREFIX = "io.nats.jetstream.api.v1.";

  private ApiResponse() {}

  /**
   * Begins a response and returns its open object, which holds the type.
   *
   * @param type without the common prefix: {@code stream_info_response}
   */
  public static JsonWriter begin(String type) {
    return begin(JsonWriter.compact(), type);
  }

  /** Begins a response in an existing writer. */
  public static JsonWriter begin(JsonWriter out, String type) {
    return out.beginObject().field("type", TYPE_PREFIX + type);
  }
}
