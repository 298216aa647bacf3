package dev.hubkit.nats.release;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * The release of nats-server that Hub follows, as the build recorded it: the property {@code
 * nats-server.version} of the topmost {@code pom.xml}.
 */
final class FollowedRelease {
  private static final String FILE = "nats-server.properties";
  private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+\\.\\d+");

  private FollowedRelease() {}

  static String version() {
    Properties properties = new Properties();
    try (InputStream in = FollowedRelease.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is missing from this build of Hub");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String version = properties.getProperty("version", "");
    if (!VERSION.matcher(version).matches()) {
      throw new IllegalStateException(
          "The build of Hub has left \""
              + version
              + "\" in "
              + FILE
              + ": have Maven process the resources of hub-core, which puts the version of"
              + " nats-server there");
    }
    return version;
  }
}
