package dev.hubkit.cli;

import dev.hubkit.workspace.DetachedProcess;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sqlite.util.OSInfo;

/**
 * The process that makes the {@link StartupCache}. Both files get their names when they are
 * complete.
 */
public final class StartupCacheMain {
  private static final String WORK = "hub-startup-";

  private StartupCacheMain() {}

  /** Makes the cache of the jar that holds this class. */
  public static void main(String[] arguments) throws Exception {
    DetachedProcess.ignoreTerminalSignals();
    Optional<StartupCache> cache = StartupCache.ofThisJvm();
    if (cache.isPresent() && !cache.get().isCurrent()) {
      make(cache.get());
    }
  }

  private static void make(StartupCache cache) throws IOException, InterruptedException {
    Path lockFile = cache.archive().resolveSibling(cache.archive().getFileName() + ".lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        return;
      }
      deleteWork(cache);
      Path work = Files.createTempDirectory(cache.directory(), prefix(cache));
      try {
        unpackSqlite(cache.sqlite(), work.resolve("sqlite"));
        Path archive = new ClassArchive(Files.createDirectory(work.resolve("archive"))).make();
        Files.move(archive, cache.archive(), StandardCopyOption.REPLACE_EXISTING);
      } finally {
        deleteWork(cache);
      }
    }
  }

  private static void unpackSqlite(Path file, Path temporary) throws IOException {
    String name = System.mapLibraryName("sqlitejdbc").replaceFirst("\\.jnilib$", ".dylib");
    String resource = "/org/sqlite/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/";
    try (InputStream in = OSInfo.class.getResourceAsStream(resource + name)) {
      if (in != null) {
        deleteOthers(file);
        Files.copy(in, temporary);
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** Deletes the files of earlier jars of this name. A process that has loaded one keeps it. */
  private static void deleteOthers(Path file) throws IOException {
    String program = file.getFileName().toString().replaceFirst("-[0-9a-f]*-[^-]*$", "");
    Pattern earlier =
        Pattern.compile(
            Pattern.quote(program + "-")
                + "[0-9a-f]+"
                + Pattern.quote("-" + System.mapLibraryName("sqlite")));
    try (DirectoryStream<Path> others =
        Files.newDirectoryStream(
            file.resolveSibling("."),
            other -> earlier.matcher(other.getFileName().toString()).matches())) {
      for (Path other : others) {
        Files.deleteIfExists(other);
      }
    }
  }

  // With the name of the archive, because another jar beside this one has a lock of its own.
  private static String prefix(StartupCache cache) {
    return WORK + cache.archive().getFileName() + "-";
  }

  /** Deletes the work directories of this process and of killed ones. The caller has the lock. */
  private static void deleteWork(StartupCache cache) throws IOException {
    String prefix = prefix(cache);
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(
            cache.directory(), file -> file.getFileName().toString().startsWith(prefix))) {
      for (Path one : all) {
        Workspace.deleteTree(one);
      }
    }
  }
}
