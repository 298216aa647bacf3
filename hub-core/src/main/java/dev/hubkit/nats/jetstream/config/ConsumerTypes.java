package dev.hubkit.nats.jetstream.config;

import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import java.util.ArrayList;
import java.util.List;

/**
 * The structs of {@code consumer.go} of nats-server that configurations of consumers are read as.
 */
public final class ConsumerTypes {
  /** A configuration. */
  public static final JsonStruct CONFIG =
      JsonStruct.of("server.ConsumerConfig")
          .fields(
              JsonType.STRING,
              "durable_name",
              "name",
              "description",
              "filter_subject",
              "sample_freq",
              "deliver_subject",
              "deliver_group")
          .fields(JsonType.STRINGS, "filter_subjects", "priority_groups")
          .field("deliver_policy", JsonType.names(deliverPolicies()))
          .field("ack_policy", JsonType.names(AckPolicy.values(), AckPolicy::text))
          .field("replay_policy", JsonType.names(ReplayPolicy.values(), ReplayPolicy::text))
          .field("priority_policy", JsonType.names("priority policy", priorityPolicies()))
          .fields(JsonType.UINT64, "opt_start_seq", "rate_limit_bps")
          .fields(JsonType.pointer(Rfc3339.TYPE), "opt_start_time", "pause_until")
          .fields(
              JsonType.DURATION,
              "ack_wait",
              "max_expires",
              "idle_heartbeat",
              "inactive_threshold",
              "priority_timeout")
          .field("backoff", JsonType.slice(JsonType.DURATION))
          .fields(
              JsonType.INT,
              "max_deliver",
              "max_waiting",
              "max_ack_pending",
              "max_batch",
              "max_bytes",
              "num_replicas")
          .fields(
              JsonType.BOOL, "flow_control", "headers_only", "mem_storage", "direct", "sourcing")
          .field("metadata", JsonType.STRING_MAP)
          .build();

  /** A request to create or change a consumer. */
  public static final JsonStruct REQUEST =
      JsonStruct.of("server.CreateConsumerRequest")
          .field("stream_name", JsonType.STRING)
          .field("config", CONFIG)
          .field("action", JsonType.names("consumer action", List.of("", "create", "update")))
          .field("pedantic", JsonType.BOOL)
          .build();

  private static final JsonStruct PAIR =
      JsonStruct.of("server.SequencePair")
          .fields(JsonType.UINT64, "consumer_seq", "stream_seq")
          .build();
  private static final JsonStruct PENDING =
      JsonStruct.of("server.Pending")
          .field("Sequence", JsonType.UINT64)
          .field("Timestamp", JsonType.INT64)
          .build();
  private static final JsonStruct STATE =
      JsonStruct.of("server.ConsumerState")
          .field("delivered", PAIR)
          .field("ack_floor", PAIR)
          .field("pending", JsonType.map(JsonType.pointer(PENDING)))
          .field("redelivered", JsonType.map(JsonType.UINT64))
          .build();

  /** A consumer in a backup. */
  public static final JsonStruct ARCHIVED =
      JsonStruct.of("server.SnapshotConsumerState")
          .field("config", JsonType.pointer(CONFIG))
          .field("state", JsonType.pointer(STATE))
          .build();

  private ConsumerTypes() {}

  // Old clients send "undefined" for a policy that is not set.
  private static List<String> deliverPolicies() {
    List<String> names = new ArrayList<>();
    names.add("undefined");
    for (DeliverPolicy policy : DeliverPolicy.values()) {
      names.add(policy.text());
    }
    return names;
  }

  private static List<String> priorityPolicies() {
    List<String> names = new ArrayList<>();
    for (PriorityPolicy policy : PriorityPolicy.values()) {
      names.add(policy.text());
    }
    return names;
  }
}
