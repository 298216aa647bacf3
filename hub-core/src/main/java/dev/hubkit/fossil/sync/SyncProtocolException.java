package dev.hubkit.fossil.sync;

import java.io.IOException;

/** Thrown when the other side breaks the sync protocol or exceeds a limit. */
public final class SyncProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Makes an exception; the message says which card or part of the body was wrong. */
  public SyncProtocolException(String message) {
    super(message);
  }

  /** Makes an exception with a cause. */
  public SyncProtocolException(String message, Throwable cause) {
    super(message, cause);
  }
}
