package dev.hubkit.io;

import java.io.IOException;
import java.nio.file.Path;

/** Thrown for a symbolic link that another user may have planted; the message says what to do. */
public final class PlantedLinkException extends IOException {
  private static final long serialVersionUID = 1L;

  PlantedLinkException(Path link, String why) {
    super(
        link
            + "  is a symbolic link that Hub does not follow, since  "
            + why
            + ": remove it, or create it anew in a directory that only you can write to");
  }
}
