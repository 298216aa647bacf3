package dev.hubkit.workspace;

import dev.hubkit.io.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The lock that decides which process owns a workspace. The operating system drops it when the
 * owner ends, however it ends, so a stale pid file or a reused pid cannot be mistaken for it.
 *
 * <p>A process loses its POSIX locks on a file as soon as it closes <em>any</em> descriptor of that
 * file (fcntl(2)). So the lock file is empty and is never read, and within this JVM a registry that
 * all class loaders share keeps others from opening it while the lock is held.
 */
final class OwnerLock implements AutoCloseable {
  /** One monitor and one registry for every class loader of the JVM. */
  private static final Object JVM = Runtime.getRuntime();

  private static final String REGISTRY = "dev.hubkit.owner.";

  private final String key;
  private final FileChannel channel;

  private OwnerLock(String key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /**
   * Takes the lock, and creates the file if necessary; returns empty when another owner has the
   * lock. Never waits.
   */
  static Optional<OwnerLock> tryAcquire(Path file) throws IOException {
    synchronized (JVM) {
      try {
        return tryAcquireHere(file);
      } catch (NoSuchFileException e) {
        // A start that was abandoned has just deleted the directory; the caller tries again.
        return Optional.empty();
      }
    }
  }

  private static Optional<OwnerLock> tryAcquireHere(Path file) throws IOException {
    String key = key(file);
    if (System.getProperty(key) != null) {
      return Optional.empty();
    }
    Object identity = createIfMissing(file);
    FileChannel channel = PrivateFiles.open(file, StandardOpenOption.WRITE);
    boolean acquired = false;
    try {
      FileLock lock = tryLock(channel, false);
      // If the file was deleted or replaced in between, no other process will ever look at this
      // lock.
      acquired = lock != null && Objects.equals(identity, identity(file));
    } finally {
      if (!acquired) {
        channel.close();
      }
    }
    if (!acquired) {
      return Optional.empty();
    }
    System.setProperty(key, Long.toString(ProcessHandle.current().pid()));
    return Optional.of(new OwnerLock(key, channel));
  }

  /** Returns whether a process, perhaps this one, has the lock. */
  static boolean isHeld(Path file) throws IOException {
    synchronized (JVM) {
      if (!Files.exists(file)) {
        return false;
      }
      try {
        if (System.getProperty(key(file)) != null) {
          return true;
        }
        // The lock is shared, so that two processes that ask do not take each other for the owner.
        try (FileChannel channel = PrivateFiles.open(file, StandardOpenOption.READ)) {
          return tryLock(channel, true) == null;
        }
      } catch (NoSuchFileException e) {
        return false;
      }
    }
  }

  /** The process that has the lock, where the system tells: on Linux, in proc_locks(5). */
  static OptionalLong holder(Path file) {
    try {
      String inode = ":" + Files.getAttribute(file, "unix:ino");
      return Files.readAllLines(Path.of("/proc/locks")).stream()
          .map(line -> line.strip().split("\\s+"))
          .filter(columns -> columns.length > 5 && columns[5].endsWith(inode))
          .mapToLong(columns -> Long.parseLong(columns[4]))
          .filter(pid -> pid > 0)
          .findFirst();
    } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
      return OptionalLong.empty();
    }
  }

  /** Releases the lock. May be called more than once. */
  @Override
  public void close() throws IOException {
    synchronized (JVM) {
      if (channel.isOpen()) {
        System.clearProperty(key);
        channel.close();
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel, boolean shared)
      throws IOException {
    try {
      return channel.tryLock(0, Long.MAX_VALUE, shared);
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String key(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Path real = directory == null ? file : directory.toRealPath().resolve(file.getFileName());
    return REGISTRY + real;
  }

  private static @Nullable Object createIfMissing(Path file) throws IOException {
    if (!Files.exists(file)) {
      PrivateFiles.createIfMissing(file);
    }
    return identity(file);
  }

  /**
   * Returns an identifier that no other file has while this one exists; null where the system has
   * none.
   */
  static @Nullable String identify(Path file) throws IOException {
    Object identity = identity(file);
    return identity == null ? null : identity.toString();
  }

  private static @Nullable Object identity(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return "gone";
    }
  }
}
