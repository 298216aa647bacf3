package dev.hubkit.nats.jetstream.config;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a stream, field by field as in the API of nats-server 2.14. Durations are
 * nanoseconds, -1 is "no limit".
 */
public record StreamConfig(
    String name,
    String description,
    List<String> subjects,
    RetentionPolicy retention,
    long maxConsumers,
    long maxMessages,
    long maxBytes,
    long maxAge,
    long maxMessagesPerSubject,
    long maxMessageSize,
    DiscardPolicy discard,
    StorageType storage,
    long replicas,
    boolean noAck,
    long duplicateWindow,
    @Nullable Placement placement,
    @Nullable StreamSource mirror,
    List<StreamSource> sources,
    Compression compression,
    long firstSequence,
    @Nullable TransformConfig subjectTransform,
    @Nullable Republish republish,
    boolean allowDirect,
    boolean mirrorDirect,
    boolean discardNewPerSubject,
    boolean sealed,
    boolean denyDelete,
    boolean denyPurge,
    boolean allowRollup,
    ConsumerLimits consumerLimits,
    boolean allowMessageTtl,
    long subjectDeleteMarkerTtl,
    boolean allowMessageCounter,
    boolean allowAtomicPublish,
    boolean allowMessageSchedules,
    PersistMode persistMode,
    boolean allowBatchPublish,
    Map<String, String> metadata) {

  public StreamConfig {
    subjects = List.copyOf(subjects);
    sources = List.copyOf(sources);
    // Go writes maps in the order of their keys.
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  // About what a subject takes with its subscription, and an entry of a map.
  private static final int SUBJECT = 512;
  private static final int ENTRY = 128;

  /**
   * The placement of the stream in a cluster; a single server stores it and otherwise ignores it.
   */
  public record Placement(String cluster, List<String> tags, String preferred) {
    public boolean isEmpty() {
      return cluster.isEmpty() && tags.isEmpty() && preferred.isEmpty();
    }

    public static @Nullable Placement parse(@Nullable JsonObject json) {
      if (json == null) {
        return null;
      }
      return new Placement(
          json.string("cluster", ""), json.strings("tags"), json.string("preferred", ""));
    }

    public void writeTo(JsonWriter out) {
      out.beginObject("placement")
          .fieldIfSet("cluster", cluster)
          .fieldIfSet("tags", tags)
          .fieldIfSet("preferred", preferred)
          .endObject();
    }
  }

  /**
   * Returns about how much of the heap the stream's configuration and subscriptions take, in bytes.
   */
  public long footprint() {
    long bytes = 2L * description.length() + footprint(metadata) + sources.size() * 4L * SUBJECT;
    for (String subject : subjects) {
      bytes += SUBJECT + 4L * subject.length();
    }
    return bytes;
  }

  /** Returns about how much of the heap metadata takes, in bytes. */
  public static long footprint(Map<String, String> metadata) {
    long bytes = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      bytes += ENTRY + 2L * (entry.getKey().length() + entry.getValue().length());
    }
    return bytes;
  }

  /** How subjects change on the way into a stream. */
  public record TransformConfig(String source, String destination) {
    public static TransformConfig parse(JsonObject json) {
      return new TransformConfig(json.string("src", ""), json.string("dest", ""));
    }

    public void writeTo(JsonWriter out) {
      out.field("src", source).field("dest", destination);
    }
  }

  /** Which messages are republished, and under which subject, once they are stored. */
  public record Republish(String source, String destination, boolean headersOnly) {
    public static Republish parse(JsonObject json) {
      return new Republish(
          json.string("src", ""), json.string("dest", ""), json.bool("headers_only", false));
    }

    public void writeTo(JsonWriter out) {
      out.fieldIfSet("src", source)
          .field("dest", destination)
          .fieldIfSet("headers_only", headersOnly);
    }
  }

  /** The upper limits for consumers of the stream, which are also their defaults. */
  public record ConsumerLimits(long inactiveThreshold, long maxAckPending) {
    static final ConsumerLimits NONE = new ConsumerLimits(0, 0);

    public static ConsumerLimits parse(@Nullable JsonObject json) {
      if (json == null) {
        return NONE;
      }
      return new ConsumerLimits(
          json.integer("inactive_threshold", 0), json.integer("max_ack_pending", 0));
    }

    public void writeTo(JsonWriter out) {
      out.beginObject("consumer_limits")
          .fieldIfSet("inactive_threshold", inactiveThreshold)
          .fieldIfSet("max_ack_pending", maxAckPending)
          .endObject();
    }
  }

  /**
   * Parses a configuration that does not come from a request of the API, but from a file or another
   * server, and refuses what it does not know.
   *
   * @throws JsonException for unknown fields, wrong types and unknown constants
   */
  public static StreamConfig parseUntyped(JsonObject json) {
    return parse(Json.decode(JsonWriter.compact().any(json).toBytes(), StreamTypes.CONFIG));
  }

  /**
   * Parses the configuration in a request, which was read by its type.
   *
   * @throws JsonException for unknown constants
   */
  public static StreamConfig parse(JsonObject json) {
    JsonObject transform = json.object("subject_transform");
    JsonObject republish = json.object("republish");
    JsonObject mirror = json.object("mirror");
    return new StreamConfigBuilder()
        .name(json.string("name", ""))
        .description(json.string("description", ""))
        .subjects(json.strings("subjects"))
        .retention(RetentionPolicy.parse(json.get("retention")))
        .maxConsumers(json.integer("max_consumers", 0))
        .maxMessages(json.integer("max_msgs", 0))
        .maxBytes(json.integer("max_bytes", 0))
        .maxAge(json.integer("max_age", 0))
        .maxMessagesPerSubject(json.integer("max_msgs_per_subject", 0))
        .maxMessageSize(json.integer("max_msg_size", 0))
        .discard(DiscardPolicy.parse(json.get("discard")))
        .storage(StorageType.parse(json.get("storage")))
        .replicas(json.integer("num_replicas", 0))
        .noAck(json.bool("no_ack", false))
        .duplicateWindow(json.integer("duplicate_window", 0))
        .placement(Placement.parse(json.object("placement")))
        .mirror(mirror == null ? null : StreamSource.parse(mirror))
        .sources(json.objects("sources").stream().map(StreamSource::parse).toList())
        .compression(Compression.parse(json.get("compression")))
        .firstSequence(json.unsigned("first_seq", 0))
        .subjectTransform(transform == null ? null : TransformConfig.parse(transform))
        .republish(republish == null ? null : Republish.parse(republish))
        .allowDirect(json.bool("allow_direct", false))
        .mirrorDirect(json.bool("mirror_direct", false))
        .discardNewPerSubject(json.bool("discard_new_per_subject", false))
        .sealed(json.bool("sealed", false))
        .denyDelete(json.bool("deny_delete", false))
        .denyPurge(json.bool("deny_purge", false))
        .allowRollup(json.bool("allow_rollup_hdrs", false))
        .consumerLimits(ConsumerLimits.parse(json.object("consumer_limits")))
        .allowMessageTtl(json.bool("allow_msg_ttl", false))
        .subjectDeleteMarkerTtl(json.integer("subject_delete_marker_ttl", 0))
        .allowMessageCounter(json.bool("allow_msg_counter", false))
        .allowAtomicPublish(json.bool("allow_atomic", false))
        .allowMessageSchedules(json.bool("allow_msg_schedules", false))
        .persistMode(
            "".equals(json.get("persist_mode"))
                ? PersistMode.DEFAULT
                : PersistMode.parse(json.get("persist_mode")))
        .allowBatchPublish(json.bool("allow_batched", false))
        .metadata(metadata(json.object("metadata")))
        .build();
  }

  private static Map<String, String> metadata(@Nullable JsonObject json) {
    if (json == null) {
      return Map.of();
    }
    Map<String, String> metadata = new TreeMap<>();
    for (String key : json.names()) {
      metadata.put(key, json.string(key, ""));
    }
    return metadata;
  }

  /** Writes the fields into the object that is open. */
  public void writeTo(JsonWriter out) {
    out.field("name", name)
        .fieldIfSet("description", description)
        .fieldIfSet("subjects", subjects)
        .field("retention", retention.text())
        .field("max_consumers", maxConsumers)
        .field("max_msgs", maxMessages)
        .field("max_bytes", maxBytes)
        .field("max_age", maxAge)
        .field("max_msgs_per_subject", maxMessagesPerSubject)
        .fieldIfSet("max_msg_size", maxMessageSize)
        .field("discard", discard.text())
        .field("storage", storage.text())
        .field("num_replicas", replicas)
        .fieldIfSet("no_ack", noAck)
        .fieldIfSet("duplicate_window", duplicateWindow);
    if (placement != null) {
      placement.writeTo(out);
    }
    if (mirror != null) {
      out.beginObject("mirror");
      mirror.writeTo(out);
      out.endObject();
    }
    if (!sources.isEmpty()) {
      out.beginArray("sources");
      for (StreamSource source : sources) {
        out.beginObject();
        source.writeTo(out);
        out.endObject();
      }
      out.endArray();
    }
    out.field("compression", compression.text());
    if (firstSequence != 0) {
      out.unsigned("first_seq", firstSequence);
    }
    if (subjectTransform != null) {
      out.beginObject("subject_transform");
      subjectTransform.writeTo(out);
      out.endObject();
    }
    if (republish != null) {
      out.beginObject("republish");
      republish.writeTo(out);
      out.endObject();
    }
    out.field("allow_direct", allowDirect)
        .field("mirror_direct", mirrorDirect)
        .fieldIfSet("discard_new_per_subject", discardNewPerSubject)
        .field("sealed", sealed)
        .field("deny_delete", denyDelete)
        .field("deny_purge", denyPurge)
        .field("allow_rollup_hdrs", allowRollup);
    consumerLimits.writeTo(out);
    out.field("allow_msg_ttl", allowMessageTtl)
        .fieldIfSet("subject_delete_marker_ttl", subjectDeleteMarkerTtl)
        .fieldIfSet("allow_msg_counter", allowMessageCounter)
        .fieldIfSet("allow_atomic", allowAtomicPublish)
        .fieldIfSet("allow_msg_schedules", allowMessageSchedules);
    if (persistMode != PersistMode.DEFAULT) {
      out.field("persist_mode", persistMode.text());
    }
    out.fieldIfSet("allow_batched", allowBatchPublish).fieldIfSet("metadata", metadata);
  }

  /** Returns a builder that begins with this configuration. */
  public StreamConfigBuilder toBuilder() {
    return new StreamConfigBuilder(this);
  }

  /** Returns whether the stream has a mirror or sources. */
  public boolean copies() {
    return mirror != null || !sources.isEmpty();
  }
}
