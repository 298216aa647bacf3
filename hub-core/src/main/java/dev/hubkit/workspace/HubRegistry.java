package dev.hubkit.workspace;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The hubs of this user on this machine: a file for each, with the record of its owner. The entry
 * of a killed hub stays until a user removes it; the lock in the workspace decides whether a hub is
 * alive. A damaged entry is reported and left alone.
 *
 * <p>Thread-safe, and safe to use from many processes at once.
 */
public final class HubRegistry {
  private static final Log log = Log.of(HubRegistry.class);
  private static final String SUFFIX = ".json";

  private final Path directory;

  HubRegistry(Path directory) {
    this.directory = directory;
  }

  /** Returns the registry of the user this process runs as. */
  public static HubRegistry ofThisUser() {
    return new HubRegistry(UserDirectory.state().resolve("hubs"));
  }

  /** Adds a hub, or replaces its record. */
  public void put(Owner owner) throws IOException {
    PrivateFiles.createDirectories(directory);
    owner.write(file(owner.instance()));
  }

  /** Removes a hub; does nothing when it is not listed. */
  public void remove(String instance) throws IOException {
    if (isInstance(instance)) {
      Files.deleteIfExists(file(instance));
    }
  }

  /** Returns all hubs, living or dead, the oldest first. */
  public List<Owner> all() throws IOException {
    List<Owner> owners = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[!.]*" + SUFFIX)) {
      for (Path file : files) {
        Optional<Owner> owner = Owner.read(file);
        // The entry is removed by this name.
        if (owner.isPresent() && file.equals(file(owner.get().instance()))) {
          owners.add(owner.get());
        } else if (Files.exists(file)) {
          log.warn(
              "{} is damaged, so the list lacks a hub; delete it when the hub has ended", file);
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
