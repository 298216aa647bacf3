package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The directory of a stream or consumer that was removed: its name says so, as with nats-server,
 * whose removed streams begin with a dot, too. Names of streams and consumers have no dot.
 */
final class RemovedDirectory {
  private static final String SUFFIX = ".removed";
  private static final Log logger = Log.of(RemovedDirectory.class);

  private RemovedDirectory() {}

  static boolean isName(String name) {
    return name.startsWith(".") && name.endsWith(SUFFIX);
  }

  /** Removes a directory, if it is there: in one step, though it may take room for longer. */
  static void remove(Path directory, FileSystem disk, boolean sync) throws IOException {
    if (!disk.exists(directory)) {
      return;
    }
    Path removed = directory.resolveSibling("." + directory.getFileName() + SUFFIX);
    disk.deleteTree(removed);
    disk.replace(directory, removed);
    Path parent = directory.getParent();
    if (sync && parent != null) {
      disk.sync(parent);
    }
    try {
      disk.deleteTree(removed);
    } catch (IOException e) {
      logger.warn("Can't delete {}, which the next start does", removed, e);
    }
  }
}
