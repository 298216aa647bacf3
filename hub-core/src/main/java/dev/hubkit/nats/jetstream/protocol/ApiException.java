package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonWriter;

/**
 * Refuses a request or a message with the error for the response. It is an answer, not a fault, and
 * so carries no stack trace.
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

  /** Returns the text with its placeholders filled in. */
  public String description() {
    return String.valueOf(getMessage());
  }

  /** Returns the description as part of another one, in the form of nats-server. */
  public String quoted() {
    return description() + " (" + error.errorCode() + ")";
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
