package dev.hubkit.junit;

import dev.hubkit.fixture.Fixture;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Finds fixtures in files and on the class path. */
final class FixtureFiles {
  private static final String CLASSPATH = "classpath:";

  private FixtureFiles() {}

  /**
   * Reads a fixture.
   *
   * @param location a file, or if there is none, a resource
   * @throws IOException if there is no such file or resource
   * @throws UncheckedIOException if it is damaged
   */
  static Fixture load(String location) throws IOException {
    boolean onlyResource = location.startsWith(CLASSPATH);
    String name = onlyResource ? location.substring(CLASSPATH.length()) : location;
    Path file = Path.of(name).toAbsolutePath();
    if (!onlyResource && Files.isRegularFile(file)) {
      return Fixture.load(file);
    }
    String resource = name.replaceFirst("^/", "");
    URL url = resource(resource);
    if (url == null) {
      throw new IOException(
          (onlyResource ? "" : "there is no file " + file + ", and ")
              + "there is no resource "
              + resource
              + ": record one with hub record, or save the journal of a test");
    }
    return load(url);
  }

  /**
   * Reads a fixture.
   *
   * @throws UncheckedIOException if there is none, or it is damaged
   */
  static Fixture require(String location) {
    try {
      return load(location);
    } catch (IOException e) {
      throw new UncheckedIOException("No fixture \"" + location + "\": " + e.getMessage(), e);
    }
  }

  private static @Nullable URL resource(String name) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    URL url = loader == null ? null : loader.getResource(name);
    return url == null ? FixtureFiles.class.getClassLoader().getResource(name) : url;
  }

  // A resource may be in a jar.
  private static Fixture load(URL resource) throws IOException {
    Path copy = Files.createTempFile("hub-junit-", ".hub");
    try (InputStream in = resource.openStream()) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return Fixture.load(copy);
    } finally {
      Files.deleteIfExists(copy);
    }
  }
}
