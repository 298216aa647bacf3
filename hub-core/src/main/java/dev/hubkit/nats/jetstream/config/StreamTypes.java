package dev.hubkit.nats.jetstream.config;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import java.util.List;

/** The structs of {@code stream.go} of nats-server that configurations of streams are read as. */
public final class StreamTypes {
  /** Where a stream is. */
  public static final JsonStruct PLACEMENT =
      JsonStruct.of("server.Placement")
          .fields(JsonType.STRING, "cluster", "preferred")
          .field("tags", JsonType.STRINGS)
          .build();

  private static final JsonStruct TRANSFORM =
      JsonStruct.of("server.SubjectTransformConfig").fields(JsonType.STRING, "src", "dest").build();

  private static final JsonStruct SOURCE =
      JsonStruct.of("server.StreamSource")
          .fields(JsonType.STRING, "name", "filter_subject")
          .field("opt_start_seq", JsonType.UINT64)
          .field("opt_start_time", JsonType.pointer(Rfc3339.TYPE))
          .field("subject_transforms", JsonType.slice(TRANSFORM))
          .field(
              "external",
              JsonType.pointer(
                  JsonStruct.of("server.ExternalStream")
                      .fields(JsonType.STRING, "api", "deliver")
                      .build()))
          .field(
              "consumer",
              JsonType.pointer(
                  JsonStruct.of("server.StreamConsumerSource")
                      .fields(JsonType.STRING, "name", "deliver_subject")
                      .build()))
          .build();

  private static final JsonStruct REPUBLISH =
      JsonStruct.of("server.RePublish")
          .fields(JsonType.STRING, "src", "dest")
          .field("headers_only", JsonType.BOOL)
          .build();

  private static final JsonStruct CONSUMER_LIMITS =
      JsonStruct.of("server.StreamConsumerLimits")
          .field("inactive_threshold", JsonType.DURATION)
          .field("max_ack_pending", JsonType.INT)
          .build();

  private static final JsonType COMPRESSION =
      JsonType.custom("server.StoreCompression", JsonType.text(StreamTypes::compression));

  /** A configuration. */
  public static final JsonStruct CONFIG =
      JsonStruct.of("server.StreamConfig")
          .fields(JsonType.STRING, "name", "description")
          .field("subjects", JsonType.STRINGS)
          .field("retention", JsonType.names(RetentionPolicy.values(), RetentionPolicy::text))
          .fields(JsonType.INT, "max_consumers", "num_replicas")
          .fields(JsonType.INT64, "max_msgs", "max_bytes", "max_msgs_per_subject")
          .fields(JsonType.DURATION, "max_age", "duplicate_window", "subject_delete_marker_ttl")
          .field("max_msg_size", JsonType.INT32)
          .field("discard", JsonType.namesOfAnyCase(DiscardPolicy.values(), DiscardPolicy::text))
          .field("storage", JsonType.names(StorageType.values(), StorageType::text))
          .field("placement", JsonType.pointer(PLACEMENT))
          .field("mirror", JsonType.pointer(SOURCE))
          .field("sources", JsonType.slice(JsonType.pointer(SOURCE)))
          .field("compression", COMPRESSION)
          .field("first_seq", JsonType.UINT64)
          .field("subject_transform", JsonType.pointer(TRANSFORM))
          .field("republish", JsonType.pointer(REPUBLISH))
          .field("consumer_limits", CONSUMER_LIMITS)
          .field("persist_mode", JsonType.names(List.of("default", "", "async")))
          .field("metadata", JsonType.STRING_MAP)
          .fields(
              JsonType.BOOL,
              "no_ack",
              "allow_direct",
              "mirror_direct",
              "discard_new_per_subject",
              "sealed",
              "deny_delete",
              "deny_purge",
              "allow_rollup_hdrs",
              "allow_msg_ttl",
              "allow_msg_counter",
              "allow_atomic",
              "allow_msg_schedules",
              "allow_batched")
          .build();

  /** A request to create or change a stream. */
  public static final JsonStruct REQUEST =
      JsonStruct.of("server.StreamConfigRequest")
          .embed("StreamConfig", CONFIG)
          .field("pedantic", JsonType.BOOL)
          .build();

  /** What a stream has stored. */
  public static final JsonStruct STATE =
      JsonStruct.of("server.StreamState")
          .fields(JsonType.UINT64, "messages", "bytes", "first_seq", "last_seq")
          .fields(Rfc3339.TYPE, "first_ts", "last_ts")
          .fields(JsonType.INT, "num_subjects", "num_deleted", "consumer_count")
          .field("subjects", JsonType.map(JsonType.UINT64))
          .field("deleted", JsonType.slice(JsonType.UINT64))
          .field(
              "lost",
              JsonType.pointer(
                  JsonStruct.of("server.LostStreamData")
                      .field("msgs", JsonType.slice(JsonType.UINT64))
                      .field("bytes", JsonType.UINT64)
                      .build()))
          .build();

  private StreamTypes() {}

  private static String compression(String text) {
    for (Compression known : Compression.values()) {
      if (known.text().equals(text)) {
        return text;
      }
    }
    throw new JsonException("unknown compression algorithm");
  }
}
