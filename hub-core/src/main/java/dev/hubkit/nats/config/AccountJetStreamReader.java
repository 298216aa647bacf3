package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.AccountConfig.JetStreamLimits;
import java.util.List;
import java.util.Locale;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** Reads what an account may use of JetStream: its {@code jetstream}. */
final class AccountJetStreamReader {
  private static final class Limits {
    long memory = -1;
    long store = -1;
    int streams = -1;
    int consumers = -1;
    int ackPending = -1;
    long memoryStreamBytes = -1;
    long storeStreamBytes = -1;
    boolean bytesRequired;
  }

  private static final FieldTable<Limits> FIELDS = new FieldTable<>();

  static {
    addSize(List.of("max_memory", "max_mem", "mem", "memory"), (to, size) -> to.memory = size);
    addSize(
        List.of("max_store", "max_file", "max_disk", "store", "disk"),
        (to, size) -> to.store = size);
    addSize(List.of("max_streams", "streams"), (to, count) -> to.streams = (int) count);
    addSize(List.of("max_consumers", "consumers"), (to, count) -> to.consumers = (int) count);
    addSize(List.of("max_ack_pending"), (to, count) -> to.ackPending = (int) count);
    addSize(
        List.of("mem_max_stream_bytes", "memory_max_stream_bytes"),
        (to, size) -> to.memoryStreamBytes = size);
    addSize(
        List.of("disk_max_stream_bytes", "store_max_stream_bytes"),
        (to, size) -> to.storeStreamBytes = size);
    FIELDS
        .named(
            List.of("max_bytes_required", "max_stream_bytes", "max_bytes"),
            (to, name, value) -> to.bytesRequired = bytesRequired(name, value))
        .named(List.of("cluster_traffic"), (to, name, value) -> checkClusterTraffic(name, value));
  }

  private final Problems problems;

  AccountJetStreamReader(Problems problems) {
    this.problems = problems;
  }

  private static void addSize(List<String> names, ObjLongConsumer<Limits> setter) {
    FIELDS.named(
        names,
        (limits, name, value) -> {
          if (!value.isInteger()) {
            throw value.error(
                "Expected a parseable size for " + quoted(name) + ", got " + value.formatted());
          }
          setter.accept(limits, value.integer());
        });
  }

  private static boolean bytesRequired(String name, ConfigValue value) {
    if (!value.isBool()) {
      throw value.error(
          "Expected a parseable bool for " + quoted(name) + ", got " + value.formatted());
    }
    return value.bool();
  }

  // Without replication there is no such traffic; what is configured is only checked.
  private static void checkClusterTraffic(String name, ConfigValue value) {
    if (!value.isString() || !List.of("", "system", "owner").contains(value.string())) {
      throw value.error(
          "Expected "
              + (value.isString() ? "" : "either ")
              + "'system' or 'owner' string value for "
              + quoted(name)
              + ", got "
              + value.formatted());
    }
  }

  /** Returns the limits; null where JetStream is switched off. */
  @Nullable JetStreamLimits read(ConfigValue value) {
    if (value.isBool() || value.isString()) {
      return withoutLimits(value);
    }
    if (!value.isMap()) {
      throw value.error("Expected map, bool or string to define JetStream, got " + value.type());
    }
    Limits limits = new Limits();
    FIELDS.readAll(limits, value, problems);
    return new JetStreamLimits(
        limits.memory,
        limits.store,
        limits.streams,
        limits.consumers,
        limits.ackPending,
        limits.memoryStreamBytes,
        limits.storeStreamBytes,
        limits.bytesRequired);
  }

  private static @Nullable JetStreamLimits withoutLimits(ConfigValue value) {
    if (value.isBool()) {
      return value.bool() ? JetStreamLimits.NONE : null;
    }
    return switch (value.string().toLowerCase(Locale.ROOT)) {
      case "enabled", "enable" -> JetStreamLimits.NONE;
      case "disabled", "disable" -> null;
      default ->
          throw value.error(
              "Expected 'enabled' or 'disabled' for string value, got '" + value.string() + "'");
    };
  }
}
