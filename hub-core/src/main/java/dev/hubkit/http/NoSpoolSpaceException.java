package dev.hubkit.http;

import java.io.IOException;

/** There is no room on disk for more of what peers are slow with. */
final class NoSpoolSpaceException extends IOException {
  private static final long serialVersionUID = 1L;

  NoSpoolSpaceException() {
    super("the space for what waits is used up");
  }
}
