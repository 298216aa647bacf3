package dev.hubkit.json;

/** Text that is not JSON, or not the JSON that was asked for; the message says what and where. */
public final class JsonException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes an exception whose message can be shown to whoever sent the text. */
  public JsonException(String message) {
    super(message);
  }
}
