package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonWriter;

/** The form of what answers a request to the JetStream API. */
public final class ApiResponse {
  private static final String TYPE_PREFIX = "io.nats.jetstream.api.v1.";

  private ApiResponse() {}

  /**
   * Begins a response: an open object that holds the type.
   *
   * @param type without the common prefix: {@code stream_info_response}
   */
  public static JsonWriter begin(String type) {
    return begin(JsonWriter.compact(), type);
  }

  /** {@link #begin(String)} in a writer. */
  public static JsonWriter begin(JsonWriter out, String type) {
    return out.beginObject().field("type", TYPE_PREFIX + type);
  }
}
