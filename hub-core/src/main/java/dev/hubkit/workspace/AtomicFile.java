package dev.hubkit.workspace;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.io.SymbolicLinks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Small files that readers find whole or not at all. */
final class AtomicFile {
  private AtomicFile() {}

  /** Puts {@code text} in place of whatever {@code file} held. */
  static void write(Path file, String text) throws IOException {
    Path temporary = sibling(file);
    try {
      // A process with this id may have left it, or another user may have put it there for us to
      // write to.
      Files.deleteIfExists(temporary);
      PrivateFiles.writeNew(temporary, text.getBytes(StandardCharsets.UTF_8));
      move(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Renames a file to {@code target}, which appears in this one step. */
  static void move(Path source, Path target) throws IOException {
    try {
      Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | AtomicMoveNotSupportedException e) {
      // File systems that cannot rename over a file in one step.
      Files.move(source, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /**
   * Returns the text without white space around it; null when there is no such file. Bytes that are
   * not UTF-8 become replacement characters, which the parser of the text refuses.
   */
  static @Nullable String read(Path file) throws IOException {
    try {
      SymbolicLinks.check(file);
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static Path sibling(Path file) {
    return file.resolveSibling(
        "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
  }
}
