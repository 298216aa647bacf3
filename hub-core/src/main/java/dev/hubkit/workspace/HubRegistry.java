package dev.hubkit.workspace;

import dev.hubkit.io.PrivateFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The hubs of this user on this machine: a file for each, with what its owner says of itself. An
 * entry of a hub that was killed stays until somebody removes it; whether a hub lives is decided by
 * the lock in its workspace.
 *
 * <p>Thread-safe, and safe to use from many processes at once.
 */
public final class HubRegistry {
  private static final String SUFFIX = ".json";

  private final Path directory;

  private HubRegistry(Path directory) {
    this.directory = directory;
  }

  /** The one of the user this process runs as. */
  public static HubRegistry ofThisUser() {
    return new HubRegistry(UserDirectory.state().resolve("hubs"));
  }

  /** Adds a hub, or replaces what is said of it. */
  public void put(Owner owner) throws IOException {
    PrivateFiles.createDirectories(directory);
    owner.write(file(owner.instance()));
  }

  /** Removes a hub; one that is not listed is no error. */
  public void remove(String instance) throws IOException {
    if (isInstance(instance)) {
      Files.deleteIfExists(file(instance));
    }
  }

  /** All of them, living or dead, the oldest first. */
  public List<Owner> all() throws IOException {
    List<Owner> owners = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[!.]*" + SUFFIX)) {
      for (Path file : files) {
        Optional<Owner> owner = Owner.read(file);
        // The name is how it will be removed.
        if (owner.isPresent() && file.equals(file(owner.get().instance()))) {
          owners.add(owner.get());
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    owners.sort((a, b) -> a.since().compareTo(b.since()));
    return owners;
  }

  private Path file(String instance) {
    return directory.resolve(instance + SUFFIX);
  }

  private static boolean isInstance(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> c == '-' || (c < 128 && Character.isLetterOrDigit(c)));
  }
}
