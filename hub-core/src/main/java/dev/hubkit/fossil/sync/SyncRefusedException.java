package dev.hubkit.fossil.sync;

import java.io.IOException;

/** The server answered with an error: no permission, a wrong password, another project. */
public final class SyncRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With the words of the server. */
  public SyncRefusedException(String message) {
    super(message);
  }
}
