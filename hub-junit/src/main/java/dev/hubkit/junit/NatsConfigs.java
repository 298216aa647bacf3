package dev.hubkit.junit;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Finds and reads the configuration file of {@link WithNatsConfig} and {@link TestNats}. */
final class NatsConfigs {
  private static final String CLASSPATH = "classpath:";

  private NatsConfigs() {}

  static UnaryOperator<NatsOptions.Builder> tuning(WithNatsConfig config) {
    return tuning(config.value(), "@WithNatsConfig");
  }

  /**
   * Returns what reads a file into options. What code has set beside the file is set on top of it.
   *
   * @param location as {@link WithNatsConfig#value()}
   * @param user names what has the location, for errors
   */
  static UnaryOperator<NatsOptions.Builder> tuning(String location, String user) {
    String where = user + "(\"" + location + "\")";
    try {
      ServerConfig read = ConfigFile.read(file(location, where).toString(), System::getenv);
      NatsOptions.of(read);
      return before -> merged(before, read);
    } catch (ConfigException e) {
      RuntimeException wrong = JUnitExceptions.wrongUse(where + ": " + e.getMessage());
      wrong.initCause(e);
      throw wrong;
    }
  }

  private static NatsOptions.Builder merged(NatsOptions.Builder code, ServerConfig read) {
    NatsOptions before = code.build();
    ServerConfig merged = before.config().withFile(read);
    // Only the toolkit's own default gives way to the file.
    if (before.authTimeout().equals(HubResource.SLOW_MACHINE)) {
      read.find(Options.AUTH_TIMEOUT).ifPresent(value -> merged.set(Options.AUTH_TIMEOUT, value));
    }
    return code.config(merged);
  }

  private static Path file(String location, String where) {
    if (!location.startsWith(CLASSPATH)) {
      Path file = Path.of(location).toAbsolutePath();
      if (!Files.isRegularFile(file)) {
        throw missing(where, file + " does not exist");
      }
      return file;
    }
    String name = location.substring(CLASSPATH.length()).replaceFirst("^/", "");
    URL url = Thread.currentThread().getContextClassLoader().getResource(name);
    if (url == null) {
      throw missing(where, "there is no resource " + name);
    }
    if (!url.getProtocol().equals("file")) {
      throw missing(
          where, url + " is not a file, so the files that it includes could not be found");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw missing(where, String.valueOf(e.getMessage()));
    }
  }

  private static RuntimeException missing(String where, String why) {
    return JUnitExceptions.wrongUse(where + ": " + why);
  }
}
