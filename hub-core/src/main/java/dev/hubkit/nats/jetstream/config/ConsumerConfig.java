package dev.hubkit.nats.jetstream.config;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.subject.Subjects;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a consumer: ConsumerConfig of nats-server 2.14, API level 4. Unset strings
 * and collections are empty, unset numbers zero. Immutable.
 *
 * @param durable the name of a durable consumer, which outlives its subscribers
 * @param name the name of an ephemeral one; equal to {@code durable} when both are given
 * @param description free text of at most 4 KiB
 * @param optStartSeq first stream sequence, for {@link DeliverPolicy#BY_START_SEQUENCE}
 * @param optStartTime first time, for {@link DeliverPolicy#BY_START_TIME}
 * @param ackWait nanoseconds until an unacknowledged message is delivered again
 * @param maxDeliver how often a message is delivered at most, -1 for no limit
 * @param backOff nanoseconds to wait before each redelivery in turn; the last one stays in force
 * @param filterSubject the only subject wanted
 * @param filterSubjects the subjects wanted, when there are several; they must not overlap
 * @param rateLimitBps bits per second a push consumer sends at most, unsigned
 * @param sampleFreq percentage of acknowledgements that are measured, as text: {@code 30%}
 * @param maxWaiting how many pull requests can wait
 * @param maxAckPending how many messages can await their acknowledgement, -1 for no limit
 * @param flowControl whether a push consumer waits for its subscriber to keep up
 * @param headersOnly whether messages are sent without their payload
 * @param maxRequestBatch how many messages one pull request can ask for, 0 for no limit
 * @param maxRequestExpires nanoseconds one pull request can wait, 0 for no limit
 * @param maxRequestMaxBytes bytes one pull request can ask for, 0 for no limit
 * @param deliverSubject the subject that a push consumer sends to; empty makes it a pull consumer
 * @param deliverGroup the queue group that shares the deliveries
 * @param idleHeartbeat nanoseconds of silence after which a push consumer sends a heartbeat
 * @param inactiveThreshold nanoseconds without use after which the consumer is deleted
 * @param replicas 0 for as many as the stream has
 * @param memoryStorage whether the state is kept in memory only
 * @param direct whether this consumer feeds a mirror or source of an earlier server; it is not
 *     listed and has no store
 * @param sourcing whether this consumer feeds a mirror or source
 * @param metadata free key-value pairs; keys with {@code _nats.} are the server's (ADR-44)
 * @param pauseUntil when paused deliveries continue; null if they are not paused
 * @param priorityGroups the groups pull requests can belong to (ADR-42)
 * @param pinnedTtl nanoseconds after which a silent pinned client loses its pin
 */
public record ConsumerConfig(
    String durable,
    String name,
    String description,
    DeliverPolicy deliverPolicy,
    long optStartSeq,
    @Nullable OffsetDateTime optStartTime,
    AckPolicy ackPolicy,
    long ackWait,
    long maxDeliver,
    List<Long> backOff,
    String filterSubject,
    List<String> filterSubjects,
    ReplayPolicy replayPolicy,
    long rateLimitBps,
    String sampleFreq,
    long maxWaiting,
    long maxAckPending,
    boolean flowControl,
    boolean headersOnly,
    long maxRequestBatch,
    long maxRequestExpires,
    long maxRequestMaxBytes,
    String deliverSubject,
    String deliverGroup,
    long idleHeartbeat,
    long inactiveThreshold,
    long replicas,
    boolean memoryStorage,
    boolean direct,
    boolean sourcing,
    Map<String, String> metadata,
    @Nullable OffsetDateTime pauseUntil,
    List<String> priorityGroups,
    PriorityPolicy priorityPolicy,
    long pinnedTtl) {

  public ConsumerConfig {
    backOff = List.copyOf(backOff);
    filterSubjects = List.copyOf(filterSubjects);
    priorityGroups = List.copyOf(priorityGroups);
    // Go writes maps in the order of their keys.
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** Returns whether a new consumer begins with the last messages of the stream. */
  public boolean startsAtLast() {
    return deliverPolicy == DeliverPolicy.LAST || deliverPolicy == DeliverPolicy.LAST_PER_SUBJECT;
  }

  /**
   * Parses a configuration that does not come from a request of the API, but from a file or another
   * server, and refuses what it does not know.
   *
   * @throws JsonException for unknown fields, wrong types and unknown constants
   */
  public static ConsumerConfig parseUntyped(JsonObject json) {
    return parse(Json.decode(JsonWriter.compact().any(json).toBytes(), ConsumerTypes.CONFIG));
  }

  /**
   * Parses the configuration in a request, which was read by its type.
   *
   * @throws JsonException for unknown constants
   */
  public static ConsumerConfig parse(JsonObject json) {
    return new ConsumerConfigBuilder()
        .durable(json.string("durable_name", ""))
        .name(json.string("name", ""))
        .description(json.string("description", ""))
        .deliverPolicy(DeliverPolicy.parse(json.get("deliver_policy")))
        .optStartSeq(json.unsigned("opt_start_seq", 0))
        .optStartTime(time(json, "opt_start_time"))
        .ackPolicy(AckPolicy.parse(json.get("ack_policy")))
        .ackWait(json.integer("ack_wait", 0))
        .maxDeliver(json.integer("max_deliver", 0))
        .backOff(json.integers("backoff"))
        .filterSubject(json.string("filter_subject", ""))
        .filterSubjects(json.strings("filter_subjects"))
        .replayPolicy(ReplayPolicy.parse(json.get("replay_policy")))
        .rateLimitBps(json.unsigned("rate_limit_bps", 0))
        .sampleFreq(json.string("sample_freq", ""))
        .maxWaiting(json.integer("max_waiting", 0))
        .maxAckPending(json.integer("max_ack_pending", 0))
        .flowControl(json.bool("flow_control", false))
        .headersOnly(json.bool("headers_only", false))
        .maxRequestBatch(json.integer("max_batch", 0))
        .maxRequestExpires(json.integer("max_expires", 0))
        .maxRequestMaxBytes(json.integer("max_bytes", 0))
        .deliverSubject(json.string("deliver_subject", ""))
        .deliverGroup(json.string("deliver_group", ""))
        .idleHeartbeat(json.integer("idle_heartbeat", 0))
        .inactiveThreshold(json.integer("inactive_threshold", 0))
        .replicas(json.integer("num_replicas", 0))
        .memoryStorage(json.bool("mem_storage", false))
        .direct(json.bool("direct", false))
        .sourcing(json.bool("sourcing", false))
        .metadata(strings(json.object("metadata")))
        .pauseUntil(time(json, "pause_until"))
        .priorityGroups(json.strings("priority_groups"))
        .priorityPolicy(PriorityPolicy.parse(json.get("priority_policy")))
        .pinnedTtl(json.integer("priority_timeout", 0))
        .build();
  }

  /** Returns whether its state ends with the server, even if the stream is in files. */
  public boolean isInMemory() {
    return memoryStorage || direct;
  }

  /** Writes the fields into the object that is open, as nats-server does. */
  public void writeTo(JsonWriter out) {
    out.fieldIfSet("durable_name", durable)
        .fieldIfSet("name", name)
        .fieldIfSet("description", description)
        .field("deliver_policy", deliverPolicy.text());
    if (optStartSeq != 0) {
      out.unsigned("opt_start_seq", optStartSeq);
    }
    if (optStartTime != null) {
      out.field("opt_start_time", Rfc3339.format(optStartTime));
    }
    out.field("ack_policy", ackPolicy.text())
        .fieldIfSet("ack_wait", ackWait)
        .fieldIfSet("max_deliver", maxDeliver);
    if (!backOff.isEmpty()) {
      out.beginArray("backoff");
      backOff.forEach(out::value);
      out.endArray();
    }
    out.fieldIfSet("filter_subject", filterSubject)
        .fieldIfSet("filter_subjects", filterSubjects)
        .field("replay_policy", replayPolicy.text());
    if (rateLimitBps != 0) {
      out.unsigned("rate_limit_bps", rateLimitBps);
    }
    out.fieldIfSet("sample_freq", sampleFreq)
        .fieldIfSet("max_waiting", maxWaiting)
        .fieldIfSet("max_ack_pending", maxAckPending)
        .fieldIfSet("flow_control", flowControl)
        .fieldIfSet("headers_only", headersOnly)
        .fieldIfSet("max_batch", maxRequestBatch)
        .fieldIfSet("max_expires", maxRequestExpires)
        .fieldIfSet("max_bytes", maxRequestMaxBytes)
        .fieldIfSet("deliver_subject", deliverSubject)
        .fieldIfSet("deliver_group", deliverGroup)
        .fieldIfSet("idle_heartbeat", idleHeartbeat)
        .fieldIfSet("inactive_threshold", inactiveThreshold)
        .field("num_replicas", replicas)
        .fieldIfSet("mem_storage", memoryStorage)
        .fieldIfSet("direct", direct)
        .fieldIfSet("sourcing", sourcing)
        .fieldIfSet("metadata", metadata);
    if (pauseUntil != null) {
      out.field("pause_until", Rfc3339.format(pauseUntil));
    }
    out.fieldIfSet("priority_groups", priorityGroups);
    if (priorityPolicy != PriorityPolicy.NONE) {
      out.field("priority_policy", priorityPolicy.text());
    }
    out.fieldIfSet("priority_timeout", pinnedTtl);
  }

  /** Returns whether the consumer outlives its subscribers. */
  public boolean isDurable() {
    return !durable.isEmpty();
  }

  /** Returns whether the consumer is a push consumer. */
  public boolean isPush() {
    return !deliverSubject.isEmpty();
  }

  /** Returns whether so many pending messages reach the limit. */
  public boolean isFull(int ackPending) {
    return maxAckPending > 0 && ackPending >= maxAckPending;
  }

  /** Returns about how much of the heap the configuration takes, in bytes. */
  public long footprint() {
    long bytes =
        2L * description.length() + StreamConfig.footprint(metadata) + backOff.size() * 24L;
    for (String filter : filterSubjects) {
      bytes += 256 + 4L * filter.length();
    }
    return bytes;
  }

  /** Returns all filters; empty means every subject. */
  public List<String> filters() {
    return filterSubject.isEmpty() ? filterSubjects : List.of(filterSubject);
  }

  /** Returns whether the filters select this subject. */
  public boolean selects(String subject) {
    List<String> filters = filters();
    return filters.isEmpty()
        || filters.stream().anyMatch(filter -> Subjects.matches(subject, filter));
  }

  /** Returns a builder that begins with this configuration. */
  public ConsumerConfigBuilder toBuilder() {
    return new ConsumerConfigBuilder(this);
  }

  private static @Nullable OffsetDateTime time(JsonObject json, String field) {
    String text = json.string(field);
    return text == null ? null : Rfc3339.parse(text);
  }

  private static Map<String, String> strings(@Nullable JsonObject json) {
    Map<String, String> strings = new TreeMap<>();
    if (json != null) {
      for (String key : json.names()) {
        strings.put(key, json.string(key, ""));
      }
    }
    return strings;
  }
}
