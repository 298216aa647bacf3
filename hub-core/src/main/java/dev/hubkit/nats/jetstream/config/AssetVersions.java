package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.text.GoNumber;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.TreeMap;

/** The {@code _nats.*} metadata of streams and consumers: versions and API levels (ADR-44). */
public final class AssetVersions {
  static final String REQUIRED_LEVEL = "_nats.req.level";
  private static final String VERSION = "_nats.ver";
  private static final String LEVEL = "_nats.level";

  private AssetVersions() {}

  /** Returns the metadata to store: with the required level, without what describes the server. */
  public static Map<String, String> stamp(Map<String, String> metadata, int requiredLevel) {
    Map<String, String> stamped = withoutServer(metadata);
    stamped.put(REQUIRED_LEVEL, Integer.toString(requiredLevel));
    return stamped;
  }

  /** Returns a configuration with the metadata to store. */
  public static StreamConfig stamp(StreamConfig config) {
    return config.toBuilder().metadata(stamp(config.metadata(), requiredLevel(config))).build();
  }

  /** Returns a configuration with the metadata to store. */
  public static ConsumerConfig stamp(ConsumerConfig config) {
    return config.toBuilder().metadata(stamp(config.metadata(), requiredLevel(config))).build();
  }

  /** Returns the metadata to report, with what describes the server. */
  private static Map<String, String> describe(Map<String, String> metadata, Compatibility server) {
    Map<String, String> described = new TreeMap<>(metadata);
    described.put(VERSION, server.version());
    described.put(LEVEL, Integer.toString(server.apiLevel()));
    return described;
  }

  /** Returns a configuration with the metadata to report. */
  public static StreamConfig describe(StreamConfig config, Compatibility server) {
    return config.toBuilder().metadata(describe(config.metadata(), server)).build();
  }

  /** Returns a configuration with the metadata to report. */
  public static ConsumerConfig describe(ConsumerConfig config, Compatibility server) {
    return config.toBuilder().metadata(describe(config.metadata(), server)).build();
  }

  /**
   * Returns a configuration for comparison with {@code other}, with the required level of that one.
   */
  public static ConsumerConfig withVersionsOf(ConsumerConfig config, ConsumerConfig other) {
    return config.toBuilder().metadata(withVersionsOf(config.metadata(), other.metadata())).build();
  }

  /** Returns metadata for comparison with {@code other}, with the required level of that one. */
  public static Map<String, String> withVersionsOf(
      Map<String, String> metadata, Map<String, String> other) {
    Map<String, String> alike = withoutServer(metadata);
    String level = other.get(REQUIRED_LEVEL);
    if (level == null) {
      alike.remove(REQUIRED_LEVEL);
    } else {
      alike.put(REQUIRED_LEVEL, level);
    }
    return alike;
  }

  private static Map<String, String> withoutServer(Map<String, String> metadata) {
    Map<String, String> rest = new TreeMap<>(metadata);
    rest.remove(VERSION);
    rest.remove(LEVEL);
    return rest;
  }

  private static int requiredLevel(StreamConfig config) {
    if (config.allowBatchPublish()) {
      return 4;
    }
    if (config.allowMessageCounter()
        || config.allowAtomicPublish()
        || config.allowMessageSchedules()
        || config.persistMode() == PersistMode.ASYNC) {
      return 2;
    }
    return config.allowMessageTtl() || config.subjectDeleteMarkerTtl() > 0 ? 1 : 0;
  }

  private static int requiredLevel(ConsumerConfig config) {
    if (config.ackPolicy() == AckPolicy.FLOW_CONTROL) {
      return 4;
    }
    OffsetDateTime pause = config.pauseUntil();
    boolean pauses = pause != null && !pause.isEqual(Rfc3339.ZERO);
    boolean prioritizes =
        config.priorityPolicy() != PriorityPolicy.NONE
            || config.pinnedTtl() != 0
            || !config.priorityGroups().isEmpty();
    return pauses || prioritizes ? 1 : 0;
  }

  /**
   * Returns a message without the header for the required API level.
   *
   * @throws ApiException {@link ApiError#REQUIRED_API_LEVEL}
   */
  public static Message withoutRequiredLevel(
      Message message, PublishHeaders headers, Compatibility server) {
    if (!headers.has(Name.REQUIRED_API_LEVEL)) {
      return message;
    }
    checkRequiredLevel(headers, server);
    return HeaderBlock.without(message, Name.REQUIRED_API_LEVEL.text());
  }

  /**
   * Refuses a request that needs a newer server.
   *
   * @throws ApiException {@link ApiError#REQUIRED_API_LEVEL}
   */
  public static void checkRequiredLevel(PublishHeaders headers, Compatibility server) {
    if (needsNewerServer(headers, server)) {
      throw ApiError.REQUIRED_API_LEVEL.exception();
    }
  }

  /** Returns whether a request needs a newer server. */
  public static boolean needsNewerServer(Message request, Compatibility server) {
    return needsNewerServer(
        PublishHeaders.parse(request.buffer(), request.offset(), request.headerLength()), server);
  }

  private static boolean needsNewerServer(PublishHeaders headers, Compatibility server) {
    String level = headers.text(Name.REQUIRED_API_LEVEL);
    // What is no number is no level that this server has.
    return !level.isEmpty() && GoNumber.integer(level).orElse(Long.MAX_VALUE) > server.apiLevel();
  }
}
