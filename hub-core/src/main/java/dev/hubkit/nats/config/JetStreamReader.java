package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.text.GoNumber;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads the {@code jetstream} block. */
final class JetStreamReader {
  private static final JetStreamConfig DEFAULT = JetStreamConfig.DEFAULT;

  private static final Set<String> CIPHERS = Set.of("chacha", "chachapoly", "aes");

  private static final FieldTable<JetStreamReader> FIELDS =
      new FieldTable<JetStreamReader>()
          .field("strict", (block, value) -> block.strict = strict(value))
          .field(
              List.of("store", "store_dir", "storedir"),
              (block, value) -> storeDirectory(block.config, value))
          .named(List.of("sync", "sync_interval"), JetStreamReader::sync)
          .field(
              List.of("max_memory_store", "max_mem_store", "max_mem"),
              (block, value) -> block.maxMemory = size("max_mem_store", value))
          .field(
              "max_file_store",
              "max_file",
              (block, value) -> block.maxStore = size("max_file_store", value))
          .field("domain", (block, value) -> block.domain = value.string())
          .field(
              "enable",
              "enabled",
              (block, value) -> block.config.set(Options.JETSTREAM, value.bool()))
          .field(
              List.of("key", "ek", "encryption_key"), (block, value) -> block.key = value.string())
          .field(
              List.of("prev_key", "prev_ek", "prev_encryption_key"),
              (block, value) -> block.previousKey = value.string())
          .field("cipher", (block, value) -> block.cipher = cipher(value))
          .field("tpm", (block, value) -> TpmReader.read(value, block.problems))
          .field("extension_hint", (block, value) -> value.string())
          .field(
              "unique_tag",
              (block, value) -> block.uniqueTag = value.string().strip().toLowerCase(Locale.ROOT))
          .field("limits", JetStreamReader::limits)
          .field(
              "max_outstanding_catchup", (block, value) -> size("max_outstanding_catchup", value))
          .field(
              "max_buffered_size",
              (block, value) -> block.bufferedSize = size("max_buffered_size", value))
          .named(
              List.of("max_buffered_msgs"),
              (block, name, value) -> block.bufferedMessages = (int) count(name, value))
          .named(
              List.of("request_queue_limit"),
              (block, name, value) -> block.requestQueue = count(name, value))
          .named(
              List.of("info_queue_limit"),
              (block, name, value) -> block.infoQueue = count(name, value))
          .named(List.of("meta_compact"), (block, name, value) -> checkCompaction(name, value))
          .named(
              List.of("meta_compact_size"),
              (block, name, value) -> checkCompactionSize(name, value))
          .field("meta_compact_sync", (block, value) -> value.bool())
          .named(
              List.of("max_concurrent_io"), (block, name, value) -> checkConcurrentIo(name, value));

  private static final FieldTable<JetStreamReader> LIMITS =
      new FieldTable<JetStreamReader>()
          .field("max_ack_pending", (block, value) -> block.maxAckPending = value.int32())
          .field("max_ha_assets", (block, value) -> block.maxHaAssets = value.integer())
          .field("max_request_batch", (block, value) -> block.maxRequestBatch = value.int32())
          .field(
              "default_max_consumers", (block, value) -> block.defaultMaxConsumers = value.int32())
          .since(Compatibility.V2_15, "default_max_consumers")
          .field("duplicate_window", (block, value) -> block.duplicates = plainDuration(value))
          .field("batch", JetStreamReader::batch);

  private static final FieldTable<JetStreamReader> BATCH =
      new FieldTable<JetStreamReader>()
          .field("max_inflight_per_stream", (block, value) -> block.batchPerStream = value.int32())
          .field("max_inflight_total", (block, value) -> block.batchTotal = value.int32())
          .field("max_msgs", (block, value) -> block.batchMessages = value.int32())
          .field("timeout", (block, value) -> block.batchTimeout = plainDuration(value));

  private final Problems problems;
  private final ServerConfig config;

  private boolean strict = DEFAULT.strict();
  private long sync = DEFAULT.syncIntervalNanos();
  private boolean syncAlways;
  private long maxMemory = -1;
  private long maxStore = -1;
  private String domain = "";
  private int maxAckPending;
  private int maxRequestBatch;
  private int defaultMaxConsumers;
  private long duplicates;
  private int batchPerStream;
  private int batchTotal;
  private int batchMessages;
  private long batchTimeout;
  private String cipher = EncryptionConfig.NONE.cipher();
  private String key = "";
  private String previousKey = "";
  private long bufferedSize;
  private int bufferedMessages;
  private long requestQueue = DEFAULT.requestQueueLimit();
  private long infoQueue;
  private String uniqueTag = "";
  private long maxHaAssets;

  JetStreamReader(Problems problems, ServerConfig config) {
    this.problems = problems;
    this.config = config;
  }

  void read(ConfigValue value) {
    if (value.isBool()) {
      config.set(Options.JETSTREAM, value.bool());
      return;
    }
    if (value.isString()) {
      switch (value.string().toLowerCase(Locale.ROOT)) {
        case "enabled", "enable" -> config.set(Options.JETSTREAM, true);
        case "disabled", "disable" -> config.set(Options.JETSTREAM, false);
        default ->
            throw value.error(
                "Expected 'enabled' or 'disabled' for string value, got '" + value.string() + "'");
      }
      return;
    }
    if (!value.isMap()) {
      throw value.error("Expected map, bool or string to define JetStream, got " + value.type());
    }
    config.set(Options.JETSTREAM, true);
    FIELDS.readAll(this, value, problems);
    long requests = requestQueue <= 0 ? DEFAULT.requestQueueLimit() : requestQueue;
    config.set(Options.JETSTREAM_ENCRYPTION, new EncryptionConfig(cipher, key, previousKey));
    config.set(
        Options.JETSTREAM_SETTINGS,
        new JetStreamConfig(
            strict,
            sync,
            syncAlways,
            maxMemory,
            maxStore,
            domain,
            maxAckPending,
            maxRequestBatch,
            duplicates,
            batchPerStream,
            batchTotal,
            batchMessages,
            batchTimeout,
            bufferedSize,
            bufferedMessages,
            requests,
            infoQueue <= 0 ? requests : infoQueue,
            defaultMaxConsumers,
            uniqueTag,
            maxHaAssets));
  }

  private static boolean strict(ConfigValue value) {
    if (!value.isBool()) {
      throw value.error(
          "Expected 'true' or 'false' for bool value, got '" + value.formattedText() + "'");
    }
    return value.bool();
  }

  private void sync(String name, ConfigValue value) {
    syncAlways = value.isString() && value.string().equalsIgnoreCase("always");
    sync = syncAlways ? DEFAULT.syncIntervalNanos() : problems.duration(name, value);
  }

  private static String cipher(ConfigValue value) {
    String name = value.string().toLowerCase(Locale.ROOT);
    if (!CIPHERS.contains(name)) {
      throw value.error("Unknown cipher type: " + quoted(value.string()));
    }
    return name;
  }

  private static void checkCompaction(String name, ConfigValue value) {
    if (!value.isInteger() || value.integer() < 0) {
      throw notAbsolute(name, "", value);
    }
  }

  private static void checkCompactionSize(String name, ConfigValue value) {
    if (size("meta_compact_size", value) < 0) {
      throw notAbsolute(name, "", value);
    }
  }

  private static void checkConcurrentIo(String name, ConfigValue value) {
    if (!value.isInteger() || value.integer() < 4 || value.integer() > 8192) {
      throw notAbsolute(name, " between 4 and 8192", value);
    }
  }

  private static ConfigException notAbsolute(String name, String range, ConfigValue value) {
    return value.error(
        "Expected an absolute size for " + quoted(name) + range + ", got " + value.formatted());
  }

  static void storeDirectory(ServerConfig config, ConfigValue value) {
    if (config.isSet(Options.STORE_DIR)) {
      throw value.error("Duplicate 'store_dir' configuration");
    }
    config.set(Options.STORE_DIR, value.string());
  }

  private void limits(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected a map to define JetStreamLimits, got " + value.type());
    }
    LIMITS.readAll(this, value, problems);
  }

  private void batch(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected a map to define batch limits, got " + value.type());
    }
    BATCH.readAll(this, value, problems);
  }

  // nats-server tells the place of every error but this one; a place does no harm.
  private static long plainDuration(ConfigValue value) {
    return Problems.duration("", value.string(), value);
  }

  private static long count(String name, ConfigValue value) {
    if (!value.isInteger()) {
      throw value.error(
          "Expected a parseable size for " + quoted(name) + ", got " + value.formatted());
    }
    return value.integer();
  }

  /** A number of bytes, or a string such as {@code "10G"}. */
  private static long size(String name, ConfigValue value) {
    if (value.isInteger()) {
      return value.integer();
    }
    if (!value.isString()) {
      throw value.error(name + " must be int64 or string");
    }
    String text = value.string();
    if (text.isEmpty()) {
      return 0;
    }
    String digits = text.substring(0, text.length() - 1);
    long number =
        GoNumber.integer(digits)
            .orElseThrow(() -> value.error(name + " " + GoNumber.complaint("ParseInt", digits)));
    int shift = "KMGT".indexOf(text.charAt(text.length() - 1));
    if (shift < 0) {
      throw value.error(name + " sizes defined as strings must end in K, M, G, T");
    }
    return number << (10 * (shift + 1));
  }
}
