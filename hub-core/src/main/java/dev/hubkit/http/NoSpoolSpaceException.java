package dev.hubkit.http;

import java.io.IOException;

/** Thrown when the disk space for bytes that wait for slow peers is used up. */
final class NoSpoolSpaceException extends IOException {
  private static final long serialVersionUID = 1L;

  NoSpoolSpaceException() {
    super("the space for waiting bytes is used up");
  }
}
