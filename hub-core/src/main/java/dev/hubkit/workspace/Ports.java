package dev.hubkit.workspace;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The two ports a hub listens on.
 *
 * @param fossil the HTTP port, 0 for none
 * @param nats the NATS port, 0 for none
 */
public record Ports(int fossil, int nats) {
  /** No port chosen yet. */
  static final Ports NONE = new Ports(0, 0);

  static Ports read(Path file) throws IOException {
    @Nullable String text = AtomicFile.read(file);
    if (text == null) {
      return NONE;
    }
    Properties properties = new Properties();
    properties.load(new StringReader(text));
    return new Ports(port(properties, "fossil"), port(properties, "nats"));
  }

  void write(Path file) throws IOException {
    AtomicFile.write(file, "fossil=" + fossil + "\nnats=" + nats + "\n");
  }

  private static int port(Properties properties, String name) {
    try {
      int port = Integer.parseInt(properties.getProperty(name, "0"));
      return port > 0 && port < 65536 ? port : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
