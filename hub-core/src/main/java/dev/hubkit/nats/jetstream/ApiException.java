package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonWriter;

/**
 * A request that is refused, or a message that isn't stored: the error that goes into the response.
 * An answer, not a fault, so it carries no stack trace.
 */
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ApiError error;

  ApiException(ApiError error, String description) {
    super(description, null, false, false);
    this.error = error;
  }

  ApiError error() {
    return error;
  }

  /** The text, placeholders filled in. */
  String description() {
    return String.valueOf(getMessage());
  }

  /** Writes the {@code error} object of a response. */
  void writeTo(JsonWriter out) {
    out.beginObject("error")
        .field("code", error.code())
        .field("err_code", error.errorCode())
        .field("description", description())
        .endObject();
  }
}
