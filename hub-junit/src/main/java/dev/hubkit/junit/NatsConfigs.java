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
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** Finds and reads the configuration file of {@link WithNatsConfig}. */
final class NatsConfigs {
  private static final String CLASSPATH = "classpath:";

  private NatsConfigs() {}

  /**
   * Returns what reads a file into options. What code has set beside the file is set on top of it.
   */
  static UnaryOperator<NatsOptions.Builder> tuning(WithNatsConfig config) {
    Path file = file(config.value());
    try {
      ServerConfig read = ConfigFile.read(file.toString(), System::getenv);
      NatsOptions.of(read);
      return before -> merged(before, read);
    } catch (ConfigException e) {
      throw new ExtensionConfigurationException(
          "@WithNatsConfig(\"" + config.value() + "\"): " + e.getMessage(), e);
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

  private static Path file(String location) {
    if (!location.startsWith(CLASSPATH)) {
      Path file = Path.of(location).toAbsolutePath();
      if (!Files.isRegularFile(file)) {
        throw missing(location, file + " does not exist");
      }
      return file;
    }
    String name = location.substring(CLASSPATH.length()).replaceFirst("^/", "");
    URL url = Thread.currentThread().getContextClassLoader().getResource(name);
    if (url == null) {
      throw missing(location, "there is no resource " + name);
    }
    if (!url.getProtocol().equals("file")) {
      throw missing(
          location, url + " is not a file, so the files that it includes could not be found");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw missing(location, String.valueOf(e.getMessage()));
    }
  }

  private static ExtensionConfigurationException missing(String location, String why) {
    return new ExtensionConfigurationException("@WithNatsConfig(\"" + location + "\"): " + why);
  }
}
