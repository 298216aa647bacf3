package dev.hubkit.nats;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.AccountConfig;
import dev.hubkit.nats.config.EncryptionConfig;
import dev.hubkit.nats.config.JetStreamConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.EncryptionOptions;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.ScopedSubjects;
import dev.hubkit.nats.monitor.FeatureFlags;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Creates JetStream from a server's options and enables it for accounts. */
final class JetStreamFactory {
  private static final Log log = Log.of(JetStreamFactory.class);

  // JSDefaultMaxConsumersPerStream of nats-server.
  private static final int DEFAULT_MAX_CONSUMERS = 1000;

  private JetStreamFactory() {}

  /**
   * Starts it; returns null where the options leave it off.
   *
   * @throws NatsException if its files can't be kept where the options have them
   */
  static @Nullable JetStreamServer start(
      NatsOptions options, String name, String id, TimeSource time, int port, Health health) {
    Path directory = options.storeDir();
    if (directory == null) {
      return null;
    }
    try {
      StoreDirectory.prepare(directory);
    } catch (IOException e) {
      throw new NatsException("Can't start JetStream: " + e.getMessage(), e);
    }
    return JetStreamServer.start(
        settings(options, directory, name, id),
        time,
        port,
        health,
        options.diskFaults(),
        options.jetStreamPeer());
  }

  private static JetStreamOptions settings(
      NatsOptions options, Path directory, String name, String id) {
    JetStreamConfig settings = options.config().get(Options.JETSTREAM_SETTINGS);
    FeatureFlags flags = FeatureFlags.of(options.config(), options.compatibility());
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
        serverLimits(options),
        new ScopedSubjects(
            flags.isOn(FeatureFlags.ACK_FORMAT), flags.isOn(FeatureFlags.API_REPLY_FORMAT)),
        options.acceptsReplicas(),
        options.compatibility(),
        encryption(options.config().get(Options.JETSTREAM_ENCRYPTION)),
        options.streamObserver());
  }

  private static @Nullable EncryptionOptions encryption(EncryptionConfig config) {
    // As in nats-server, a key from before does nothing by itself.
    return config.key().isEmpty()
        ? null
        : new EncryptionOptions(config.cipher(), config.key(), config.previousKey());
  }

  private static JetStreamLimits serverLimits(NatsOptions options) {
    JetStreamConfig settings = options.config().get(Options.JETSTREAM_SETTINGS);
    return new JetStreamLimits(
        settings.maxAckPending(),
        settings.maxRequestBatch(),
        Duration.ofNanos(settings.duplicateWindowNanos()),
        settings.maxBatchInflightPerStream(),
        settings.maxBatchInflightTotal(),
        settings.maxBatchMessages(),
        Duration.ofNanos(settings.batchTimeoutNanos()),
        settings.maxBufferedMessages(),
        settings.maxBufferedSize(),
        defaultMaxConsumers(options),
        settings.requestQueueLimit(),
        settings.infoQueueLimit(),
        options.maxPayload());
  }

  private static int defaultMaxConsumers(NatsOptions options) {
    int configured = options.config().get(Options.JETSTREAM_SETTINGS).defaultMaxConsumers();
    return configured == 0 && options.compatibility().atLeast(Compatibility.V2_15)
        ? DEFAULT_MAX_CONSUMERS
        : configured;
  }

  /**
   * Enables it for the accounts of a configuration, or for the global account where none asks for
   * it.
   *
   * @throws NatsException if accounts are to have more than there is
   */
  static void open(
      JetStreamServer jetStreams,
      ServerConfig config,
      String systemAccount,
      Function<String, Account> accounts) {
    boolean asked = !config.get(Options.OPERATORS).isEmpty();
    for (AccountConfig account : config.get(Options.ACCOUNTS)) {
      AccountConfig.JetStreamLimits limits = account.jetStream();
      if (limits != null) {
        asked = true;
        try {
          jetStreams.open(
              accounts.apply(account.name()), jetStreams.options().withLimits(granted(limits)));
        } catch (IllegalArgumentException e) {
          throw new NatsException(
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

  private static Map<String, AccountLimits> granted(AccountConfig.JetStreamLimits limits) {
    return Map.of(
        "",
        new AccountLimits(
            limits.maxMemory(),
            limits.maxStore(),
            limits.maxStreams(),
            limits.maxConsumers(),
            limits.maxAckPending(),
            limits.memoryMaxStreamBytes(),
            limits.storeMaxStreamBytes(),
            limits.maxBytesRequired()));
  }

  /**
   * Checks that a running server can change to these options. As in nats-server, only the room for
   * all streams can change, and it can only grow.
   *
   * @throws NatsException if it cannot
   */
  static void check(NatsOptions before, NatsOptions after) {
    if (before.storeDir() == null || after.storeDir() == null) {
      return;
    }
    JetStreamConfig was = before.config().get(Options.JETSTREAM_SETTINGS);
    JetStreamConfig is = after.config().get(Options.JETSTREAM_SETTINGS);
    refuseChange("NoJetStreamStrict", !was.strict(), !is.strict());
    boolean memoryUnset = checkGrowth(was.maxMemory(), is.maxMemory());
    boolean storageUnset = checkGrowth(was.maxStore(), is.maxStore());
    refuseChange("JetStreamDomain", was.domain(), is.domain());
    checkEncryption(
        before.config().get(Options.JETSTREAM_ENCRYPTION),
        after.config().get(Options.JETSTREAM_ENCRYPTION));
    if (!before.compatibility().atLeast(Compatibility.V2_15)) {
      refuseChange("JetStreamLimits", limits(was), limits(is));
    }
    refuseChange("JetStreamRequestQueueLimit", was.requestQueueLimit(), is.requestQueueLimit());
    refuseChange("JetStreamInfoQueueLimit", was.infoQueueLimit(), is.infoQueueLimit());
    refuseChange("StreamMaxBufferedMsgs", was.maxBufferedMessages(), is.maxBufferedMessages());
    refuseChange("StreamMaxBufferedSize", was.maxBufferedSize(), is.maxBufferedSize());
    String directory = after.config().get(Options.STORE_DIR);
    boolean moved = !directory.equals(before.config().get(Options.STORE_DIR));
    if (moved && !directory.isEmpty()) {
      throw new NatsException("config reload not supported for jetstream storage directory");
    }
    refuseChange(
        "SyncInterval",
        GoDuration.format(was.syncIntervalNanos()),
        GoDuration.format(is.syncIntervalNanos()));
    refuseChange("SyncAlways", was.syncAlways(), is.syncAlways());
    refuseChange(
        "FeatureFlags",
        goMap(before.config().get(Options.FEATURE_FLAGS)),
        goMap(after.config().get(Options.FEATURE_FLAGS)));
    if (memoryUnset || storageUnset) {
      throw new NatsException("config reload not supported for jetstream max memory and max store");
    }
    if (moved) {
      throw new NatsException("config reload not supported for jetstream storage dir");
    }
  }

  private static void checkEncryption(EncryptionConfig was, EncryptionConfig is) {
    refuseKeyChange("JetStreamKey", was.key(), is.key());
    refuseKeyChange("JetStreamOldKey", was.previousKey(), is.previousKey());
    refuseChange("JetStreamCipher", was.cipherName(), is.cipherName());
  }

  // nats-server tells both keys.
  private static void refuseKeyChange(String option, String was, String is) {
    if (!was.equals(is)) {
      throw new NatsException(
          "config reload not supported for " + option + ": old=[REDACTED], new=[REDACTED]");
    }
  }

  // Returns whether the limit has been removed.
  private static boolean checkGrowth(long was, long is) {
    if (was < 0 && is >= 0) {
      throw new NatsException(
          "config reload not supported for jetstream dynamic max memory and store");
    }
    if (was >= 0 && is >= 0 && is < was) {
      throw new NatsException(
          "config reload not supported for decreasing jetstream max memory and store");
    }
    return was >= 0 && is < 0;
  }

  // As Go prints a map.
  private static String goMap(Map<String, Boolean> map) {
    return new TreeMap<>(map)
        .entrySet().stream()
            .map(each -> each.getKey() + ':' + each.getValue())
            .collect(Collectors.joining(" ", "map[", "]"));
  }

  // As Go prints a struct.
  private static String limits(JetStreamConfig settings) {
    return "{"
        + settings.maxRequestBatch()
        + ' '
        + settings.maxAckPending()
        + " 0 "
        + GoDuration.format(settings.duplicateWindowNanos())
        + ' '
        + settings.maxBatchInflightPerStream()
        + ' '
        + settings.maxBatchInflightTotal()
        + ' '
        + settings.maxBatchMessages()
        + ' '
        + GoDuration.format(settings.batchTimeoutNanos())
        + '}';
  }

  private static void refuseChange(String option, Object was, Object is) {
    if (!was.equals(is)) {
      throw new NatsException(
          "config reload not supported for " + option + ": old=" + was + ", new=" + is);
    }
  }

  /**
   * Applies what another configuration says of the accounts: it changes limits, and enables or
   * disables JetStream. Files stay.
   */
  static void change(
      JetStreamServer jetStreams,
      NatsOptions options,
      String systemAccount,
      Collection<Account> present,
      Function<String, Account> accounts) {
    ServerConfig config = options.config();
    JetStreamConfig settings = config.get(Options.JETSTREAM_SETTINGS);
    if (options.storeDir() != null) {
      jetStreams.limit(settings.maxMemory(), settings.maxStore());
      jetStreams.limit(serverLimits(options));
    }
    if (!config.get(Options.OPERATORS).isEmpty()) {
      return;
    }
    Map<String, AccountConfig> configured = new HashMap<>();
    config.get(Options.ACCOUNTS).forEach(account -> configured.put(account.name(), account));
    for (Account account : present) {
      AccountConfig said = configured.get(account.name());
      AccountConfig.JetStreamLimits limits = said == null ? null : said.jetStream();
      if (limits != null) {
        attempt(account, () -> jetStreams.limit(account, granted(limits)));
      } else if (!account.name().equals(systemAccount)
          && !account.name().equals(NatsServer.GLOBAL_ACCOUNT)) {
        jetStreams.disable(account);
      }
    }
    try {
      open(jetStreams, config, systemAccount, accounts);
    } catch (NatsException e) {
      log.error("JetStream of an account: {}", e.getMessage());
    }
  }

  // As in nats-server, the rest of the reload goes on.
  private static void attempt(Account account, Runnable step) {
    try {
      step.run();
    } catch (IllegalArgumentException e) {
      log.error("JetStream of account {}: {}", account, e.getMessage());
    }
  }
}
