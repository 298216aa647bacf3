package dev.hubkit.workspace;

import dev.hubkit.io.PrivateFiles;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A file that names a process, for people and scripts to read. Hub never reads it, since the
 * owner's lock decides which process is alive.
 *
 * @param path the file
 */
public record PidFile(Path path) {
  void write(long pid) throws IOException {
    Path parent = path.getParent();
    if (parent != null) {
      PrivateFiles.createDirectories(parent);
    }
    AtomicFile.write(path, pid + "\n");
  }
}
