package dev.hubkit.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.Deflater;

/**
 * The command in one jar, made from the classes that the tests run with: Maven packages the real
 * jar only after the tests. Beside it is what makes it start fast, as after a user's first start; a
 * test run starts hundreds of JVMs with it.
 */
final class HubJar {
  private static final Path SHARED = Path.of("target", "command", "hub-cli.jar").toAbsolutePath();
  private static final List<String> NEEDED =
      List.of("hub-core", "picocli", "slf4j", "sqlite-jdbc", "jgit", "jspecify", "gson", "jackson");

  private static boolean hasArchive;

  private HubJar() {}

  /** Returns the jar for all tests. The first one to ask makes it, if the classes have changed. */
  static synchronized Path shared() {
    try {
      String classes = classes();
      Path made = SHARED.resolveSibling("made-of");
      if (!Files.exists(made) || !Files.readString(made).equals(classes)) {
        Files.createDirectories(SHARED.getParent());
        Files.deleteIfExists(made);
        Path jar = SHARED.resolveSibling("hub-cli.jar.tmp");
        make(jar);
        Files.move(jar, SHARED, StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(made, classes);
      }
      if (!hasArchive) {
        makeStartupCache();
        hasArchive = true;
      }
      return SHARED;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // The class path, and when each class was compiled last.
  private static String classes() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      Path path = Path.of(entry);
      if (Files.exists(path) && !entry.endsWith("test-classes")) {
        try (Stream<Path> files = Files.walk(path)) {
          long newest = files.mapToLong(file -> file.toFile().lastModified()).max().orElseThrow();
          text.append(path).append(' ').append(newest).append('\n');
        }
      }
    }
    return text.toString();
  }

  // Does nothing where it exists.
  private static void makeStartupCache() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of("-cp", SHARED.toString(), StartupCacheMain.class.getName()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(SHARED.resolveSibling("startup-cache.log").toFile())
            .start();
    // Tests would run without it, too; StartupCacheTest checks that it can be made.
    process.waitFor();
  }

  /** Returns the beginning of a command that runs a JVM with the options of the hub script. */
  static List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-Xlog:disable", "-Xlog:all=error:stderr"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    if (Runtime.version().feature() >= 24) {
      // The manifest of the command's jar has the same option.
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    return command;
  }

  /** Returns the beginning of a command line, up to the name of the main class. */
  static List<String> command() {
    Path jar = shared();
    List<String> command = new ArrayList<>(java());
    Path archive = jar.resolveSibling("hub-cli-" + System.getProperty("java.version") + ".jsa");
    if (Files.exists(archive)) {
      command.add("-XX:SharedArchiveFile=" + archive);
    }
    command.addAll(List.of("-cp", jar.toString(), HubCommand.class.getName()));
    return command;
  }

  /** Puts a {@code hub-cli.jar} into a directory, without a startup cache. */
  static Path in(Path directory) throws IOException {
    return Files.copy(shared(), directory.resolve("hub-cli.jar"));
  }

  private static void make(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, HubCommand.class.getName());
    Set<String> names = new HashSet<>(Set.of("META-INF/MANIFEST.MF", "module-info.class"));
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      out.setLevel(Deflater.NO_COMPRESSION);
      for (String entry : System.getProperty("java.class.path").split(":", -1)) {
        Path path = Path.of(entry);
        if (Files.isDirectory(path) && !entry.endsWith("test-classes")) {
          addTree(path, out, names);
        } else if (NEEDED.stream().anyMatch(entry::contains) && entry.endsWith(".jar")) {
          addJar(path, out, names);
        }
      }
    }
  }

  private static void addTree(Path top, JarOutputStream out, Set<String> names) throws IOException {
    try (Stream<Path> files = Files.walk(top)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        String name = top.relativize(file).toString();
        if (names.add(name)) {
          out.putNextEntry(new JarEntry(name));
          Files.copy(file, out);
        }
      }
    }
  }

  private static void addJar(Path jar, JarOutputStream out, Set<String> names) throws IOException {
    try (InputStream file = Files.newInputStream(jar);
        JarInputStream in = new JarInputStream(file)) {
      for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
        // Takes only this system's SQLite library, which makes the jar sooner.
        boolean foreign =
            entry.getName().startsWith("org/sqlite/native/")
                && !entry.getName().contains("/Linux/x86_64/")
                && !entry.getName().contains("/Linux/aarch64/")
                && !entry.getName().contains("/Mac/");
        boolean signature = entry.getName().matches("META-INF/[^/]*\\.(SF|RSA|DSA)");
        if (!entry.isDirectory() && !foreign && !signature && names.add(entry.getName())) {
          out.putNextEntry(new JarEntry(entry.getName()));
          in.transferTo(out);
        }
      }
    }
  }
}
