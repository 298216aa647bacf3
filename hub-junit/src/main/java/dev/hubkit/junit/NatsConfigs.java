package dev.hubkit.junit;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
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

  static UnaryOperator<NatsOptions.Builder> tuning(WithNatsConfig config) {
    Path file = file(config.value());
    try {
      NatsOptions read = NatsOptions.of(ConfigFile.read(file.toString(), System::getenv));
      return before -> read.toBuilder();
    } catch (ConfigException e) {
      throw new ExtensionConfigurationException(
          "@WithNatsConfig(\"" + config.value() + "\"): " + e.getMessage(), e);
    }
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
