package dev.hubkit.nats;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.io.SystemError;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The directory that JetStream keeps its files in. */
public final class StoreDirectory {
  private static final String NAME = "jetstream";

  private StoreDirectory() {}

  /**
   * Creates it where it does not exist, and checks that files can be created in it. Failures are
   * told in nats-server's words (enableJetStream in its {@code jetstream.go}).
   *
   * @param parent where streams are stored, as the options have it
   * @throws IOException if files can't be kept there
   */
  public static void prepare(Path parent) throws IOException {
    Path directory = parent.resolve(NAME);
    // Whether a path below a file "exists not" or cannot be told differs between JDKs.
    if (isBelowAFile(directory)) {
      throw new IOException("storage directory is not a directory");
    }
    if (Files.notExists(directory)) {
      try {
        PrivateFiles.createDirectories(directory);
      } catch (FileSystemException e) {
        throw new IOException(
            "could not create storage directory - mkdir "
                + e.getFile()
                + ": "
                + SystemError.text(e),
            e);
      }
    }
    if (!Files.isDirectory(directory)) {
      throw new IOException("storage directory is not a directory");
    }
    try {
      Files.delete(Files.createTempFile(directory, "_test_", null));
    } catch (IOException e) {
      throw new IOException("storage directory is not writable", e);
    }
  }

  private static boolean isBelowAFile(Path directory) {
    for (@Nullable Path up = directory.toAbsolutePath().getParent();
        up != null;
        up = up.getParent()) {
      if (Files.exists(up)) {
        return !Files.isDirectory(up);
      }
    }
    return false;
  }
}
