package dev.hubkit.nats.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads from the directory of a stream's messages which work is under way in it. */
final class StoreFiles {
  // A segment with fewer bytes is a new one.
  private static final long FRESH = 256 * 1024;

  private final Path directory;

  StoreFiles(Path store, String stream) {
    directory = store.resolve("jetstream/$G/streams").resolve(stream).resolve("msgs");
  }

  /** Returns the names with this suffix; none while the directory does not exist. */
  Set<String> names(String suffix) {
    try (Stream<Path> files = Files.list(directory)) {
      Set<String> names = new TreeSet<>();
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(suffix)) {
          names.add(name);
        }
      }
      return names;
    } catch (NoSuchFileException e) {
      return Set.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns whether the last of several segments holds little data. */
  boolean endsFresh() throws IOException {
    TreeSet<String> segments = new TreeSet<>(names(".seg"));
    return segments.size() > 1 && Files.size(directory.resolve(segments.last())) < FRESH;
  }

  /** Deletes the digests, because opening takes longer without them. */
  void deleteDigests() throws IOException {
    for (String name : names(".digest")) {
      Files.delete(directory.resolve(name));
    }
  }

  boolean exist() {
    return Files.isDirectory(directory);
  }
}
