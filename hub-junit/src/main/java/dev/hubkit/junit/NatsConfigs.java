package dev.hubkit.junit;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import java.util.function.UnaryOperator;

/** Reads the configuration file of {@link WithNatsConfig} and {@link TestNats}. */
final class NatsConfigs {
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
      ServerConfig read =
          ConfigFile.read(new NamedFile(location, where).path().toString(), System::getenv);
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
}
