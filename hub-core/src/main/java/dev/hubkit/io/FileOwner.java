package dev.hubkit.io;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Whose files are. */
final class FileOwner {
  private static final int ROOT = 0;
  private static final int UNKNOWN = -1;
  private static final int THIS_USER = find();

  private FileOwner() {}

  /**
   * Returns whether files there have an owner and a mode, and the system says which user this is.
   */
  static boolean isKnown(Path path) {
    return THIS_USER != UNKNOWN && path.getFileSystem() == FileSystems.getDefault();
  }

  /** Returns whether a file, or a link itself, is of the user that this process runs as. */
  static boolean isThisUser(Path path) throws IOException {
    return isKnown(path) && uid(path, LinkOption.NOFOLLOW_LINKS) == THIS_USER;
  }

  /** As {@link #isThisUser}, or root's. */
  static boolean isThisUserOrRoot(Path path) throws IOException {
    return isThisUser(path) || uid(path, LinkOption.NOFOLLOW_LINKS) == ROOT;
  }

  private static int uid(Path path, LinkOption... options) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid", options);
  }

  private static int find() {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("unix")) {
      return UNKNOWN;
    }
    try {
      Path process = Path.of("/proc/self");
      if (Files.exists(process)) {
        return uid(process);
      }
      Path made = Files.createTempFile("hub-owner", null);
      try {
        return uid(made);
      } finally {
        Files.delete(made);
      }
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
