package dev.hubkit.workspace;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The progress of seeding a repository.
 *
 * @param done how many files have been read
 * @param total how many files there are
 */
public record SeedProgress(int done, int total) {
  static Optional<SeedProgress> read(Path file) throws IOException {
    @Nullable String text = AtomicFile.read(file);
    if (text == null) {
      return Optional.empty();
    }
    String[] parts = text.split("/", 2);
    try {
      return Optional.of(new SeedProgress(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  void write(Path file) throws IOException {
    AtomicFile.write(file, done + "/" + total + "\n");
  }
}
