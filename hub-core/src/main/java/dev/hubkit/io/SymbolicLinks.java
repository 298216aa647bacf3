package dev.hubkit.io;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes a symbolic link that this user created, say to a bigger disk, from one that another
 * user planted to redirect reads or writes. A link may be followed if it belongs to this user or to
 * root, unless everybody can write to its directory and the directory is not sticky, since then
 * anybody can replace one file by another.
 *
 * <p>On file systems without owners, no link counts as planted. Thread-safe.
 */
public final class SymbolicLinks {
  private static final int ALL_WRITE = 0002;
  private static final int STICKY = 01000;

  private SymbolicLinks() {}

  /**
   * Checks that a path is no symbolic link, or one that may be followed. Ignores the directories
   * above it.
   *
   * @throws PlantedLinkException if the link may not be followed
   */
  public static void check(Path path) throws IOException {
    if (!Files.isSymbolicLink(path) || !FileOwner.isKnown(path)) {
      return;
    }
    try {
      String distrust = distrust(path);
      if (distrust != null) {
        throw new PlantedLinkException(path, distrust);
      }
    } catch (NoSuchFileException e) {
      // The link has just been removed, so there is nothing to follow.
      return;
    }
  }

  /**
   * Checks the links among the entries of a directory.
   *
   * @throws PlantedLinkException if there is one that may not be followed
   */
  public static void checkEntries(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        check(entry);
      }
    }
  }

  /**
   * Checks all links in a directory and those below it.
   *
   * @throws PlantedLinkException if there is one that may not be followed
   */
  public static void checkAll(Path directory) throws IOException {
    Files.walkFileTree(
        directory.toRealPath(),
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isSymbolicLink()) {
              check(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
  }

  private static @Nullable String distrust(Path link) throws IOException {
    if (!FileOwner.isThisUserOrRoot(link)) {
      return "it belongs to the user " + Files.getOwner(link, LinkOption.NOFOLLOW_LINKS).getName();
    }
    Path directory = link.toAbsolutePath().getParent();
    int mode = directory == null ? 0 : (Integer) Files.getAttribute(directory, "unix:mode");
    return (mode & ALL_WRITE) != 0 && (mode & STICKY) == 0
        ? "everybody can write to " + directory
        : null;
  }
}
