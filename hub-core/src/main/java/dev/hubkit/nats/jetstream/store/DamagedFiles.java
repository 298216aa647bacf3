package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** Keeps files that can't be understood, each under a name of its own, for somebody to look at. */
final class DamagedFiles {
  private static final String SUFFIX = ".damaged";
  private static final int CHUNK = 64 * 1024;

  private DamagedFiles() {}

  /** Whether a name is that of a file that was kept. */
  static boolean isName(String name) {
    return name.contains(SUFFIX);
  }

  /** Gives a damaged file, if it is there, another name: one that no file has. */
  static Path keep(FileSystem disk, Path file) throws IOException {
    Path kept = kept(file, 1);
    for (int number = 2; disk.exists(kept); number++) {
      kept = kept(file, number);
    }
    if (disk.exists(file)) {
      disk.replace(file, kept);
    }
    return kept;
  }

  /** Makes a copy of a damaged file, as it is on the disk, unless there is one. */
  static Path keepCopy(FileSystem disk, Path file) throws IOException {
    Path kept = kept(file, 1);
    for (int number = 2; disk.exists(kept); number++) {
      if (isSame(disk, file, kept)) {
        return kept;
      }
      kept = kept(file, number);
    }
    disk.copy(file, kept);
    return kept;
  }

  private static Path kept(Path file, int number) {
    String name = file.getFileName() + SUFFIX + (number == 1 ? "" : "." + number);
    return file.resolveSibling(name);
  }

  private static boolean isSame(FileSystem disk, Path file, Path kept) throws IOException {
    try (StoreFile one = disk.open(file);
        StoreFile other = disk.open(kept)) {
      long size = one.size();
      byte[] here = new byte[CHUNK];
      byte[] there = new byte[CHUNK];
      for (long at = 0; at < size && other.size() == size; at += CHUNK) {
        int length = one.read(here, 0, CHUNK, at);
        if (length != other.read(there, 0, CHUNK, at)
            || !Arrays.equals(here, 0, length, there, 0, length)) {
          return false;
        }
      }
      return other.size() == size;
    }
  }
}
