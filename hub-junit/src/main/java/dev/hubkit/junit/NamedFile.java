package dev.hubkit.junit;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that an annotation names: relative to the working directory, or {@code classpath:} and a
 * resource.
 *
 * @param label names the annotation in messages
 */
record NamedFile(String location, String label) {
  private static final String CLASSPATH = "classpath:";

  /**
   * Returns the path of the file.
   *
   * <p>Throws {@linkplain JUnitExceptions#wrongUse wrong use} if there is none, as for a resource
   * in a JAR file.
   */
  Path path() {
    if (!location.startsWith(CLASSPATH)) {
      Path file = Path.of(location).toAbsolutePath();
      if (!Files.isRegularFile(file)) {
        throw failure(file + " does not exist");
      }
      return file;
    }
    URL url = resource();
    if (!url.getProtocol().equals("file")) {
      throw failure(url + " is not a file, so the files that it includes could not be found");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw failure(String.valueOf(e.getMessage()));
    }
  }

  private URL resource() {
    String name = location.substring(CLASSPATH.length()).replaceFirst("^/", "");
    URL url = Thread.currentThread().getContextClassLoader().getResource(name);
    if (url == null) {
      throw failure("there is no resource " + name);
    }
    return url;
  }

  /**
   * Reads the file.
   *
   * <p>Throws {@linkplain JUnitExceptions#wrongUse wrong use} if it cannot be read, or is larger.
   *
   * @param limit the most bytes that it may have
   */
  byte[] read(int limit) {
    try (InputStream in =
        location.startsWith(CLASSPATH) ? resource().openStream() : Files.newInputStream(path())) {
      byte[] bytes = in.readNBytes(limit + 1);
      if (bytes.length > limit) {
        throw failure("the file is larger than " + limit + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw failure("the file cannot be read: " + e.getMessage());
    }
  }

  /** Returns an exception that names the annotation. */
  RuntimeException failure(String why) {
    return JUnitExceptions.wrongUse(label + ": " + why);
  }
}
