package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The file system as stores use it: the place where a test lets it fail. Thread-safe. */
interface FileSystem {
  /** Opens a file for reading and writing, and makes it if it is missing. */
  StoreFile open(Path file) throws IOException;

  boolean exists(Path file);

  boolean isDirectory(Path file);

  /** The names in a directory, sorted; none when there is no such directory. */
  List<String> list(Path directory) throws IOException;

  void createDirectories(Path directory) throws IOException;

  /** Moves a file onto another in one step. */
  void replace(Path from, Path to) throws IOException;

  /** Makes a copy of a file, which another of its name must not be there for. */
  void copy(Path from, Path to) throws IOException;

  /** Deletes a file if it is there. */
  void delete(Path file) throws IOException;

  /** Deletes a directory with all that is in it, if it is there. */
  void deleteTree(Path directory) throws IOException;

  /** Makes the names in a directory safe against loss of power. */
  void sync(Path directory) throws IOException;
}
