package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonWriter;

/**
 * A request that is refused, or a message that isn't stored: the error that goes into the response.
 * An answer, not a fault, so it carries no stack trace.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ApiError error;

  ApiException(ApiError error, String description) {
    super(description, null, false, false);
    this.error = error;
  }

  public ApiError error() {
    return error;
  }

  /** The text, placeholders filled in. */
  public String description() {
    return String.valueOf(getMessage());
  }

  /** Writes the {@code error} object of a response. */
  public void writeTo(JsonWriter out) {
    out.beginObject("error")
        .field("code", error.code())
        .field("err_code", error.errorCode())
        .field("description", description())
        .endObject();
  }
}
