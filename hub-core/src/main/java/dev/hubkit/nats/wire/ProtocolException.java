package dev.hubkit.nats.wire;

import org.jspecify.annotations.Nullable;

/** Thrown for bytes of a client that end its connection. */
public class ProtocolException extends Exception {
  private static final long serialVersionUID = 1L;

  private final @Nullable String error;

  /**
   * Makes an exception.
   *
   * @param error the text of the {@code -ERR} for the client; null for none, as in nats-server for
   *     wrong arguments @param detail the text for the log
   */
  public ProtocolException(@Nullable String error, String detail) {
    super(detail, null, false, false);
    this.error = error;
  }

  /** Returns the text for the client's {@code -ERR}, or null for none. */
  public @Nullable String error() {
    return error;
  }
}
