package dev.hubkit.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * Puts the command into one jar, made from the classes that the tests run with: Maven packages the
 * real jar only after the tests.
 */
final class HubJar {
  private static final List<String> NEEDED =
      List.of("hub-core", "picocli", "slf4j", "sqlite-jdbc", "jgit", "jspecify", "gson", "jackson");

  private HubJar() {}

  /** Makes {@code hub-cli.jar} in a directory. */
  static Path in(Path directory) throws IOException {
    Path jar = directory.resolve("hub-cli.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, HubCommand.class.getName());
    Set<String> names = new HashSet<>(Set.of("META-INF/MANIFEST.MF", "module-info.class"));
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      out.setLevel(Deflater.BEST_SPEED);
      for (String entry : System.getProperty("java.class.path").split(":", -1)) {
        Path path = Path.of(entry);
        if (Files.isDirectory(path) && !entry.endsWith("test-classes")) {
          addTree(path, out, names);
        } else if (NEEDED.stream().anyMatch(entry::contains) && entry.endsWith(".jar")) {
          addJar(path, out, names);
        }
      }
    }
    return jar;
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
