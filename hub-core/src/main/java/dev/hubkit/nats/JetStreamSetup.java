package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.AccountConfig;
import dev.hubkit.nats.config.JetStreamConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.AccountLimits;
import dev.hubkit.nats.jetstream.JetStreamLimits;
import dev.hubkit.nats.jetstream.JetStreamOptions;
import dev.hubkit.nats.jetstream.JetStreams;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes JetStream out of a server's options, and gives it to the accounts that are to have it. */
final class JetStreamSetup {
  private JetStreamSetup() {}

  /** Starts it; null where the options leave it off. */
  static @Nullable JetStreams start(
      NatsOptions options, String name, String id, TimeSource time, int port) throws IOException {
    Path directory = options.storeDir();
    return directory == null
        ? null
        : JetStreams.start(
            settings(options, directory, name, id), time, port, options.diskFaults());
  }

  private static JetStreamOptions settings(
      NatsOptions options, Path directory, String name, String id) {
    JetStreamConfig settings = options.config().get(Options.JETSTREAM_SETTINGS);
    return new JetStreamOptions(
        name,
        id,
        directory,
        settings.domain(),
        settings.maxMemory(),
        settings.maxStore(),
        Map.of("", AccountLimits.NONE),
        settings.syncAlways(),
        Duration.ofNanos(settings.syncIntervalNanos()),
        settings.strict(),
        new JetStreamLimits(
            settings.maxAckPending(),
            settings.maxRequestBatch(),
            Duration.ofNanos(settings.duplicateWindowNanos()),
            settings.maxBatchInflightPerStream(),
            settings.maxBatchInflightTotal(),
            settings.maxBatchMessages(),
            Duration.ofNanos(settings.batchTimeoutNanos())));
  }

  /**
   * Gives it to the accounts of a configuration. Where no account asks for it, it is that of the
   * clients that belong to none.
   *
   * @throws IOException if the server has not what the accounts may take
   */
  static void open(
      JetStreams jetStreams,
      ServerConfig config,
      String systemAccount,
      Function<String, Account> accounts)
      throws IOException {
    boolean asked = !config.get(Options.OPERATORS).isEmpty();
    for (AccountConfig account : config.get(Options.ACCOUNTS)) {
      AccountConfig.JetStreamLimits limits = account.jetStream();
      if (limits != null) {
        asked = true;
        AccountLimits granted =
            new AccountLimits(
                limits.maxMemory(),
                limits.maxStore(),
                limits.maxStreams(),
                limits.maxConsumers(),
                limits.maxAckPending(),
                limits.memoryMaxStreamBytes(),
                limits.storeMaxStreamBytes(),
                limits.maxBytesRequired());
        try {
          jetStreams.open(
              accounts.apply(account.name()), jetStreams.options().withLimits(Map.of("", granted)));
        } catch (IllegalArgumentException e) {
          throw new IOException(
              "Can't start JetStream: Error enabling jetstream on configured accounts: "
                  + e.getMessage(),
              e);
        }
      }
    }
    if (!asked) {
      jetStreams.open(accounts.apply(NatsServer.GLOBAL_ACCOUNT));
      return;
    }
    for (AccountConfig account : config.get(Options.ACCOUNTS)) {
      if (account.jetStream() == null && !account.name().equals(systemAccount)) {
        jetStreams.refuse(accounts.apply(account.name()));
      }
    }
  }
}
