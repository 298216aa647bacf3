package dev.hubkit.io;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is deleted when it is closed, or at the latest after this JVM ends: a shutdown
 * hook deletes it, and the directories of a killed JVM are deleted when another JVM creates its
 * first directory with that prefix.
 *
 * <p>It deletes only what is certainly left over: a directory of this user that holds the file that
 * its JVM had locked. It follows no link. Thread-safe.
 */
public final class TemporaryDirectory implements AutoCloseable {
  private static final Log log = Log.of(TemporaryDirectory.class);

  /** The file in it that this JVM holds a lock on. */
  static final String MARK = ".in-use";

  // It has this name until it is locked, so that no other JVM finds it without the lock.
  private static final String UNLOCKED_MARK = ".in-use.new";
  // The most time that looking for leftovers may delay a first start, and deleting the end of a
  // JVM.
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final long PID = ProcessHandle.current().pid();

  private static final Set<TemporaryDirectory> OPEN = ConcurrentHashMap.newKeySet();
  private static final Set<String> TIDIED = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel mark;

  private TemporaryDirectory(Path path, FileChannel mark) {
    this.path = path;
    this.mark = mark;
  }

  /** One shutdown hook for all directories. */
  private static final class Hook {
    static {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(TemporaryDirectory::deleteAll, "hub-temporary-directories"));
    }

    private Hook() {}

    static void register() {
      // Registered once, when this class is loaded.
    }
  }

  /**
   * Creates an empty directory that no other user can read.
   *
   * @param prefix what its name begins with, in the system's directory for temporary files
   */
  public static TemporaryDirectory create(String prefix) throws IOException {
    try {
      Hook.register();
    } catch (IllegalStateException | ExceptionInInitializerError e) {
      log.debug("This JVM ends; its temporary directory is the next one's to delete");
    }
    // The name holds the process id, since opening the mark of a directory of this JVM would end
    // its lock.
    Path path = Files.createTempDirectory(prefix + PID + "-");
    try {
      TemporaryDirectory made = new TemporaryDirectory(path, lock(path));
      OPEN.add(made);
      if (TIDIED.add(prefix)) {
        deleteLeftovers(path.resolveSibling("."), prefix);
      }
      return made;
    } catch (IOException | RuntimeException e) {
      delete(path);
      throw e;
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    Path file = directory.resolve(UNLOCKED_MARK);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      // The lock lasts as long as the channel.
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new IOException("Somebody else has a lock on the new file " + file);
      }
      Files.move(file, directory.resolve(MARK));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  public Path path() {
    return path;
  }

  /** Keeps the directory, so that a person can look at it. */
  public void keep() throws IOException {
    if (OPEN.remove(this)) {
      Files.deleteIfExists(path.resolve(MARK));
      mark.close();
    }
  }

  /** Deletes the directory with everything in it, unless it is kept. Closing twice does nothing. */
  @Override
  public void close() {
    if (OPEN.remove(this)) {
      try {
        delete(path);
        mark.close();
      } catch (IOException e) {
        throw new UncheckedIOException(
            "The temporary directory " + path + " cannot be deleted: " + e.getMessage(), e);
      }
    }
  }

  // A task that has files in there may still be creating others.
  private static void deleteAll() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (TemporaryDirectory each : OPEN) {
      boolean gone = false;
      while (!gone && System.nanoTime() - end < 0) {
        gone = deleteIfPossible(each.path);
      }
    }
  }

  private static boolean deleteIfPossible(Path directory) {
    try {
      delete(directory);
      return true;
    } catch (IOException e) {
      log.debug("{} is not deleted: {}", directory, e.getMessage());
      return false;
    }
  }

  /** Deletes the directories with a prefix that killed JVMs left. */
  static void deleteLeftovers(Path parent, String prefix) {
    Pattern name = Pattern.compile(Pattern.quote(prefix) + "(\\d+)-\\d+");
    long end = System.nanoTime() + PATIENCE.toNanos();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(
            parent,
            each ->
                name.matcher(each.getFileName().toString()).matches()
                    && !each.getFileName().toString().startsWith(prefix + PID + "-"))) {
      for (Path each : all) {
        if (System.nanoTime() - end >= 0) {
          return;
        }
        deleteIfLeft(each);
      }
    } catch (IOException | RuntimeException e) {
      log.debug("Looking for leftovers in {} failed: {}", parent, e.toString());
    }
  }

  private static void deleteIfLeft(Path directory) {
    Path file = directory.resolve(MARK);
    try {
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
          || !FileOwner.isThisUser(directory)
          || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          || !FileOwner.isThisUser(file)) {
        return;
      }
      try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
          FileLock lock = channel.tryLock()) {
        if (lock != null) {
          delete(directory);
        }
      }
    } catch (OverlappingFileLockException e) {
      log.debug("{} is of this JVM", directory);
    } catch (IOException e) {
      log.debug("{} stays: {}", directory, e.getMessage());
    }
  }

  // The mark goes last, so that the rest can still be recognized when this is interrupted.
  private static void delete(Path top) throws IOException {
    Path last = top.resolve(MARK);
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!file.equals(last)) {
              Files.deleteIfExists(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
              throw e;
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            if (directory.equals(top)) {
              Files.deleteIfExists(last);
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
