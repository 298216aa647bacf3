package dev.hubkit;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the first check-in of a new repository holds. Hub never seeds an existing repository. */
public sealed interface Seed {
  /** Every regular file that git tracks under the root, as it is in the work tree. */
  static Seed gitWorkTree() {
    return new GitWorkTree(null);
  }

  /** Every regular file that git tracks under {@code directory}, as it is in the work tree. */
  static Seed gitWorkTree(Path directory) {
    return new GitWorkTree(directory);
  }

  /** Nothing: the repository starts with an empty check-in. */
  static Seed empty() {
    return new Files(Map.of());
  }

  /** Every regular file under {@code directory}, whether git tracks it or not. */
  static Seed directory(Path directory) {
    return new Directory(directory);
  }

  /** These files: names with {@code /} between the parts, and what they hold. */
  static Seed files(Map<String, byte[]> files) {
    return new Files(files);
  }

  /** One text file, in UTF-8; for more, {@link #files}. */
  static Seed file(String name, String text) {
    return new Files(Map.of(name, text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The files that git tracks.
   *
   * @param directory the work tree or a directory in it; null for the root of the hub
   */
  record GitWorkTree(@Nullable Path directory) implements Seed {}

  /**
   * The files of a directory.
   *
   * @param directory its top
   */
  record Directory(Path directory) implements Seed {}

  /**
   * The given files.
   *
   * @param files contents by name
   */
  record Files(Map<String, byte[]> files) implements Seed {
    /** Keeps the order of {@code files}; the contents are not copied. */
    public Files {
      files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }
  }
}
