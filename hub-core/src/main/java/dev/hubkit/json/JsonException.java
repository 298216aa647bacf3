package dev.hubkit.json;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Text that is not JSON, or not the JSON that was asked for; the message says what is wrong, in the
 * words of Go's {@code encoding/json}.
 */
public final class JsonException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int NOWHERE = -1;

  private final int offset;
  private final @Nullable String found;
  private final @Nullable String wanted;
  // Where in the value that was read; empty for the value itself.
  private final String path;

  /** Makes an exception whose message can be shown to whoever sent the text. */
  public JsonException(String message) {
    this(message, NOWHERE, null, null, "");
  }

  private JsonException(
      String message, int offset, @Nullable String found, @Nullable String wanted, String path) {
    super(message);
    this.path = path;
    this.offset = offset;
    this.found = found;
    this.wanted = wanted;
  }

  /** Makes an exception for text that is not JSON, of which so many bytes were read. */
  static JsonException syntax(String message, int offset) {
    return new JsonException(message, offset, null, null, "");
  }

  /**
   * Makes an exception for a value of another type than was asked for.
   *
   * @param found what the text holds, such as {@code string} or {@code number 1.5}
   * @param wanted the name of the Go type that cannot take it
   */
  static JsonException mismatch(String found, String wanted) {
    return new JsonException(
        "json: cannot unmarshal " + found + " into Go value of type " + wanted,
        NOWHERE,
        found,
        wanted,
        "");
  }

  /**
   * Returns this exception; that of a mismatch with the field that it concerns, which may be one
   * within a value that was read on its own.
   */
  JsonException in(String struct, List<String> outer) {
    if (wanted == null) {
      return this;
    }
    String whole = String.join(".", outer) + (path.isEmpty() ? "" : "." + path);
    return new JsonException(
        "json: cannot unmarshal "
            + found
            + " into Go struct field "
            + struct
            + "."
            + whole
            + " of type "
            + wanted,
        NOWHERE,
        found,
        wanted,
        whole);
  }

  /**
   * Returns how many bytes had been read when it was clear that the text is not JSON; negative if
   * the text is JSON, and only not the one that was asked for, or ends too early.
   */
  public int offset() {
    return offset;
  }
}
