package dev.hubkit.cli;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.log.Log;
import dev.hubkit.workspace.Setsid;
import dev.hubkit.workspace.UserDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Files that make a JVM with this program start fast: an archive of its classes as the JVM has them
 * in memory (application class-data sharing, <a
 * href="https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html">the JDK's
 * document</a>), and SQLite's library unpacked. Both are made in the background after the first
 * start of a hub, for one jar and one JDK, next to the jar or, where that cannot be written, in the
 * user's cache directory. Nothing depends on them.
 *
 * @param jar the program
 * @param directory where both files are
 * @param archive the file with the classes
 * @param sqlite the file with the library
 */
record StartupCache(Path jar, Path directory, Path archive, Path sqlite) {
  private static final Log log = Log.of(StartupCache.class);

  /** The environment variable that turns the cache off, whatever its value. */
  static final String OFF = "HUB_NO_STARTUP_CACHE";

  /**
   * Returns the cache of this JVM; empty when the program is not one jar, or the cache is turned
   * off.
   */
  static Optional<StartupCache> ofThisJvm() {
    Path jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
    if (System.getenv(OFF) != null
        || !jar.toString().endsWith(".jar")
        || !Files.isRegularFile(jar)) {
      return Optional.empty();
    }
    String program = jar.getFileName().toString().replaceFirst("\\.jar$", "");
    Path directory = jar.resolveSibling(".").normalize();
    if (!Files.isWritable(directory)) {
      directory = UserDirectory.cache().resolve(hex(jar.toString().hashCode()));
    }
    // Unlike for an archive, nothing checks whether a library belongs to this jar.
    String stamp = hex(jar.toFile().length() * 31 + jar.toFile().lastModified());
    return Optional.of(
        new StartupCache(
            jar,
            directory,
            // The launching script also looks for this name.
            directory.resolve(program + "-" + System.getProperty("java.version") + ".jsa"),
            directory.resolve(program + "-" + stamp + "-" + System.mapLibraryName("sqlite"))));
  }

  private static String hex(long number) {
    return Long.toHexString(number);
  }

  /** Returns whether both files are there and no older than the jar. */
  boolean isCurrent() {
    return isCurrent(archive) && isCurrent(sqlite);
  }

  private boolean isCurrent(Path file) {
    try {
      return Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(jar)) >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns the options with which a JVM uses the files that exist. */
  List<String> options() {
    List<String> options = new ArrayList<>();
    if (isCurrent(archive)) {
      options.add("-XX:SharedArchiveFile=" + archive);
    }
    if (isCurrent(sqlite)) {
      options.add("-Dorg.sqlite.lib.path=" + directory);
      options.add("-Dorg.sqlite.lib.name=" + sqlite.getFileName());
      // Otherwise the driver searches the whole temporary directory for libraries of its own.
      options.add("-Dorg.sqlite.tmpdir=" + directory);
    }
    return options;
  }

  /** Starts a process that makes the cache unless it exists; does not wait. */
  static void makeInBackground() {
    Optional<StartupCache> cache = ofThisJvm();
    if (cache.isEmpty() || cache.get().isCurrent()) {
      return;
    }
    try {
      PrivateFiles.createDirectories(cache.get().directory());
      File nothing = new File(File.separatorChar == '\\' ? "NUL" : "/dev/null");
      List<String> maker =
          HubProcessLauncher.java(List.of("-XX:+UseSerialGC"), StartupCacheMain.class, List.of());
      new ProcessBuilder(Setsid.find().map(found -> found.detaching(maker)).orElse(maker))
          .directory(cache.get().directory().toFile())
          .redirectInput(nothing)
          .redirectOutput(nothing)
          .redirectError(nothing)
          .start();
    } catch (IOException e) {
      log.debug("No startup cache, so a start takes longer: {}", e.getMessage());
    }
  }
}
