package dev.hubkit.io;

import java.io.IOException;
import java.nio.file.Path;

/** A symbolic link that another user may have put there; the message says what to do about it. */
public final class PlantedLinkException extends IOException {
  private static final long serialVersionUID = 1L;

  PlantedLinkException(Path link, String why) {
    super(
        link
            + " is a symbolic link that is not followed, since "
            + why
            + ": remove it, or make it anew in a directory that only you can write to");
  }
}
