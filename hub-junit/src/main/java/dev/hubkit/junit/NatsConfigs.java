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

  private static Path file(String said) {
    if (!said.startsWith(CLASSPATH)) {
      Path file = Path.of(said).toAbsolutePath();
      if (!Files.isRegularFile(file)) {
        throw missing(said, file + " does not exist");
      }
      return file;
    }
    String name = said.substring(CLASSPATH.length()).replaceFirst("^/", "");
    URL url = Thread.currentThread().getContextClassLoader().getResource(name);
    if (url == null) {
      throw missing(said, "there is no resource " + name);
    }
    if (!url.getProtocol().equals("file")) {
      throw missing(said, url + " is not a file, so the files that it includes could not be found");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw missing(said, String.valueOf(e.getMessage()));
    }
  }

  private static ExtensionConfigurationException missing(String said, String why) {
    return new ExtensionConfigurationException("@WithNatsConfig(\"" + said + "\"): " + why);
  }
}
