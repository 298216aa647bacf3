package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import java.util.Locale;

/** Reads the {@code jetstream} block. */
final class JetStreamReader {
  private static final JetStreamConfig DEFAULT = JetStreamConfig.DEFAULT;

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
  private long duplicates;
  private int batchPerStream;
  private int batchTotal;
  private int batchMessages;
  private long batchTimeout;
  private long bufferedSize;
  private int bufferedMessages;
  private long requestQueue = DEFAULT.requestQueueLimit();
  private long infoQueue;

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
    problems.each(value.map(), this::field);
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
            requestQueue <= 0 ? DEFAULT.requestQueueLimit() : requestQueue,
            infoQueue <= 0 ? requestQueue : infoQueue));
  }

  private void field(String key, String name, ConfigValue value) {
    switch (key) {
      case "strict" -> {
        if (!value.isBool()) {
          throw value.error(
              "Expected 'true' or 'false' for bool value, got '" + value.value() + "'");
        }
        strict = value.bool();
      }
      case "store", "store_dir", "storedir" -> storeDirectory(config, value);
      case "sync", "sync_interval" -> {
        syncAlways = value.isString() && value.string().equalsIgnoreCase("always");
        sync = syncAlways ? DEFAULT.syncIntervalNanos() : problems.duration(name, value);
      }
      case "max_memory_store", "max_mem_store", "max_mem" ->
          maxMemory = size("max_mem_store", value);
      case "max_file_store", "max_file" -> maxStore = size("max_file_store", value);
      case "domain" -> domain = value.string();
      case "enable", "enabled" -> config.set(Options.JETSTREAM, value.bool());
      case "key", "ek", "encryption_key", "prev_key", "prev_ek", "prev_encryption_key" -> {
        if (!value.string().isEmpty()) {
          throw notSupported(name, value);
        }
      }
      case "cipher" -> {
        switch (value.string().toLowerCase(Locale.ROOT)) {
          case "chacha", "chachapoly", "aes" -> {
            // Of no effect without a key, and a key is refused.
          }
          default -> throw value.error("Unknown cipher type: " + quoted(value.string()));
        }
      }
      case "tpm" -> throw notSupported(name, value);
      case "extension_hint", "unique_tag" -> value.string();
      case "limits" -> limits(value);
      case "max_outstanding_catchup" -> size(key, value);
      case "max_buffered_size" -> bufferedSize = size(key, value);
      case "max_buffered_msgs" -> bufferedMessages = (int) count(name, value);
      case "request_queue_limit" -> requestQueue = count(name, value);
      case "info_queue_limit" -> infoQueue = count(name, value);
      case "meta_compact" -> {
        if (!value.isInteger() || value.integer() < 0) {
          throw value.error(
              "Expected an absolute size for " + quoted(name) + ", got " + value.value());
        }
      }
      case "meta_compact_size" -> {
        if (size(key, value) < 0) {
          throw value.error(
              "Expected an absolute size for " + quoted(name) + ", got " + value.value());
        }
      }
      case "meta_compact_sync" -> value.bool();
      case "max_concurrent_io" -> {
        if (!value.isInteger() || value.integer() < 4 || value.integer() > 8192) {
          throw value.error(
              "Expected an absolute size for "
                  + quoted(name)
                  + " between 4 and 8192, got "
                  + value.value());
        }
      }
      default -> problems.unknown(name, value);
    }
  }

  static void storeDirectory(ServerConfig config, ConfigValue value) {
    if (config.isSet(Options.STORE_DIR)) {
      throw value.error("Duplicate 'store_dir' configuration");
    }
    config.set(Options.STORE_DIR, value.string());
  }

  private static ConfigException notSupported(String name, ConfigValue value) {
    return value.error(
        "field " + quoted(name) + " is not supported: data at rest is not encrypted");
  }

  private void limits(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected a map to define JetStreamLimits, got " + value.type());
    }
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "max_ack_pending" -> maxAckPending = (int) field.integer();
            case "max_ha_assets" -> field.integer();
            case "max_request_batch" -> maxRequestBatch = (int) field.integer();
            case "duplicate_window" -> duplicates = plainDuration(field);
            case "batch" -> batch(field);
            default -> problems.unknown(name, field);
          }
        });
  }

  private void batch(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected a map to define batch limits, got " + value.type());
    }
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "max_inflight_per_stream" -> batchPerStream = (int) field.integer();
            case "max_inflight_total" -> batchTotal = (int) field.integer();
            case "max_msgs" -> batchMessages = (int) field.integer();
            case "timeout" -> batchTimeout = plainDuration(field);
            default -> problems.unknown(name, field);
          }
        });
  }

  // nats-server tells the place of every error but this one; a place does no harm.
  private static long plainDuration(ConfigValue value) {
    return Problems.duration("", value.string(), value);
  }

  private static long count(String name, ConfigValue value) {
    if (!value.isInteger()) {
      throw value.error("Expected a parseable size for " + quoted(name) + ", got " + value.value());
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
    long number;
    try {
      number = Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw value.error(name + " strconv.ParseInt: parsing " + quoted(digits) + ": invalid syntax");
    }
    int shift = "KMGT".indexOf(text.charAt(text.length() - 1));
    if (shift < 0) {
      throw value.error(name + " sizes defined as strings must end in K, M, G, T");
    }
    return number << (10 * (shift + 1));
  }
}
