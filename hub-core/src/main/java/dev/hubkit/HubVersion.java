package dev.hubkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of Hub, as its build recorded it. */
public final class HubVersion {
  private static final String CURRENT = read();

  private HubVersion() {}

  /** The version, such as {@code 1.2.0}. */
  public static String current() {
    return CURRENT;
  }

  private static String read() {
    Properties properties = new Properties();
    try (InputStream in = HubVersion.class.getResourceAsStream("hub.properties")) {
      if (in == null) {
        throw new IllegalStateException("hub.properties is missing from this build of Hub");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }
}
