package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;

/** Keeps files that can't be understood, each under a name of its own, for somebody to look at. */
final class DamagedFiles {
  private static final String SUFFIX = ".damaged";

  private DamagedFiles() {}

  /** Gives a damaged file, if it is there, another name: one that no file has. */
  static Path keep(FileSystem disk, Path file) throws IOException {
    Path kept = free(disk, file);
    if (disk.exists(file)) {
      disk.replace(file, kept);
    }
    return kept;
  }

  /** Returns the name that the next damaged file of this name gets. */
  static Path free(FileSystem disk, Path file) {
    Path kept = file.resolveSibling(file.getFileName() + SUFFIX);
    for (int number = 2; disk.exists(kept); number++) {
      kept = file.resolveSibling(file.getFileName() + SUFFIX + '.' + number);
    }
    return kept;
  }
}
