package dev.hubkit.fossil.sync;

import java.io.IOException;

/**
 * Thrown when the server answers with an error: no permission, a wrong password, another project.
 */
public final class SyncRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Makes an exception with the message of the server. */
  public SyncRefusedException(String message) {
    super(message);
  }
}
