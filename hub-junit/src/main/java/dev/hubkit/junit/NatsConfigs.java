package dev.hubkit.junit;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ReadOptions;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.release.Compatibility;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads the configuration file of {@link WithNatsConfig} and {@link TestNats}. */
final class NatsConfigs {
  private NatsConfigs() {}

  static UnaryOperator<NatsOptions.Builder> tuning(WithNatsConfig config) {
    return tuning(config.value(), config.tolerate(), "@WithNatsConfig");
  }

  /**
   * Returns what reads a file into options. What code has set beside the file is set on top of it.
   *
   * @param location as {@link WithNatsConfig#value()}
   * @param tolerate as {@link WithNatsConfig#tolerate()}
   * @param user names what has the location, for errors
   */
  static UnaryOperator<NatsOptions.Builder> tuning(String location, boolean tolerate, String user) {
    String where = user + "(\"" + location + "\")";
    try {
      String file = new NamedFile(location, where).path().toString();
      ServerConfig read = read(file, null, tolerate);
      NatsOptions.of(read);
      return before ->
          merged(before, readAgain(file, read, before.build().compatibility(), tolerate));
    } catch (ConfigException e) {
      RuntimeException wrong = JUnitExceptions.wrongUse(where + ": " + e.getMessage());
      wrong.initCause(e);
      throw wrong;
    }
  }

  // An earlier release, which code can ask for, knows fewer fields of the file.
  private static ServerConfig readAgain(
      String file, ServerConfig read, Compatibility release, boolean tolerate) {
    return release == Compatibility.current() ? read : read(file, release, tolerate);
  }

  private static ServerConfig read(String file, @Nullable Compatibility release, boolean tolerate) {
    ServerConfig read = ConfigFile.read(file, System::getenv, new ReadOptions(release, tolerate));
    if (tolerate) {
      // So that the file can be read again while the server runs.
      read.set(Options.TOLERATE_UNSUPPORTED, true);
    }
    return read;
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
