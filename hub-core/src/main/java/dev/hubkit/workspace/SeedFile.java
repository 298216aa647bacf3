package dev.hubkit.workspace;

import dev.hubkit.fossil.FileContent;

/**
 * A file of the first check-in.
 *
 * @param name relative, with {@code /} between the parts
 * @param executable whether its owner may execute it
 * @param content read when its turn comes
 */
public record SeedFile(String name, boolean executable, FileContent content) {
  /** A file of a work tree. */
  public static SeedFile of(TrackedFile file) {
    return new SeedFile(file.name(), file.executable(), FileContent.of(file.path()));
  }
}
