package dev.hubkit.fossil;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The content of a file to be checked in. It is read at most once, when the check-in needs it, on
 * any thread.
 */
@FunctionalInterface
public interface FileContent {
  /** Reads the whole content. */
  byte[] read() throws IOException;

  /** Returns content that is in memory, without copying the array. */
  static FileContent of(byte[] content) {
    return () -> content;
  }

  /** Returns a text in UTF-8. */
  static FileContent of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the content that a file has at the time of the check-in. */
  static FileContent of(Path file) {
    return () -> Files.readAllBytes(file);
  }
}
