package dev.hubkit.io;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Tells which user owns a file. */
final class FileOwner {
  private static final int ROOT = 0;
  private static final int UNKNOWN = -1;
  private static final int THIS_USER = find();

  private FileOwner() {}

  /**
   * Returns whether files there have an owner and a mode, and the system names the user of this
   * process.
   */
  static boolean isKnown(Path path) {
    return THIS_USER != UNKNOWN && path.getFileSystem() == FileSystems.getDefault();
  }

  /** Returns whether the user of this process owns a file; of a link, the link itself. */
  static boolean isThisUser(Path path) throws IOException {
    return isKnown(path) && uid(path, LinkOption.NOFOLLOW_LINKS) == THIS_USER;
  }

  /** Returns whether the user of this process or root owns a file. */
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
