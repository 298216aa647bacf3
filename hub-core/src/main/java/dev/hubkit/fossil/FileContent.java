package dev.hubkit.fossil;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The content of a file that is to be checked in, read when its turn comes. May be called on any
 * thread, once.
 */
@FunctionalInterface
public interface FileContent {
  /** Reads all of it. */
  byte[] read() throws IOException;

  /** Content at hand. The array is not copied. */
  static FileContent of(byte[] content) {
    return () -> content;
  }

  /** A text in UTF-8. */
  static FileContent of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The content of a file at the time of the check-in. */
  static FileContent of(Path file) {
    return () -> Files.readAllBytes(file);
  }
}
