package dev.hubkit.nats.wire;

import org.jspecify.annotations.Nullable;

/** Bytes from a client that end its connection. */
public final class ProtocolException extends Exception {
  private static final long serialVersionUID = 1L;

  private final @Nullable String error;

  /**
   * Makes an exception.
   *
   * @param error the text the client is sent in an {@code -ERR}; null when it is told nothing, as
   *     nats-server does for wrong arguments
   * @param detail what is logged
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
