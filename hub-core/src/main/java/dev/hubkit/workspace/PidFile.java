package dev.hubkit.workspace;

import dev.hubkit.io.PrivateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A file that names a process. It is for people and scripts to read: who is alive is decided by the
 * owner's lock.
 *
 * @param path the file
 */
public record PidFile(Path path) {
  /** The process id; empty when the file is missing or holds none. */
  public OptionalLong read() throws IOException {
    @Nullable String text = AtomicFile.read(path);
    if (text == null) {
      return OptionalLong.empty();
    }
    try {
      long pid = Long.parseLong(text);
      return pid > 0 ? OptionalLong.of(pid) : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  void write(long pid) throws IOException {
    Path parent = path.getParent();
    if (parent != null) {
      PrivateFiles.createDirectories(parent);
    }
    AtomicFile.write(path, pid + "\n");
  }
}
