package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer is asked to be: ConsumerConfig of nats-server 2.14, API level 4. Strings are
 * empty, numbers zero and collections empty where nothing was said. Immutable.
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
 * @param deliverSubject where a push consumer sends; empty makes it a pull consumer
 * @param deliverGroup the queue group that shares the deliveries
 * @param idleHeartbeat nanoseconds of silence after which a push consumer says that it lives
 * @param inactiveThreshold nanoseconds without a subscriber after which it is removed
 * @param replicas 0 for as many as the stream has
 * @param memoryStorage whether the state is kept in memory only
 * @param direct whether this consumer feeds a mirror or source of old: unlisted, without a store
 * @param sourcing whether this consumer feeds a mirror or source
 * @param metadata free key-value pairs; keys with {@code _nats.} are the server's (ADR-44)
 * @param pauseUntil when deliveries go on; null when they are not held
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

  private static final Set<String> FIELDS =
      Set.of(
          "durable_name",
          "name",
          "description",
          "deliver_policy",
          "opt_start_seq",
          "opt_start_time",
          "ack_policy",
          "ack_wait",
          "max_deliver",
          "backoff",
          "filter_subject",
          "filter_subjects",
          "replay_policy",
          "rate_limit_bps",
          "sample_freq",
          "max_waiting",
          "max_ack_pending",
          "flow_control",
          "headers_only",
          "max_batch",
          "max_expires",
          "max_bytes",
          "deliver_subject",
          "deliver_group",
          "idle_heartbeat",
          "inactive_threshold",
          "num_replicas",
          "mem_storage",
          "direct",
          "sourcing",
          "metadata",
          "pause_until",
          "priority_groups",
          "priority_policy",
          "priority_timeout");

  public ConsumerConfig {
    backOff = List.copyOf(backOff);
    filterSubjects = List.copyOf(filterSubjects);
    priorityGroups = List.copyOf(priorityGroups);
    // Go writes maps in the order of their keys.
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** A builder with nothing set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Does a new consumer begin with the last messages of a stream that has some? */
  boolean startsAtLast() {
    return deliverPolicy == DeliverPolicy.LAST || deliverPolicy == DeliverPolicy.LAST_PER_SUBJECT;
  }

  /**
   * Reads the JSON form.
   *
   * @throws JsonException if a field is unknown, has a value of the wrong type, or is out of range
   */
  public static ConsumerConfig parse(JsonObject json) {
    StrictJson.allow(json, FIELDS);
    return parseKnown(json);
  }

  /** Reads the JSON form among other fields, or that of a server that knows more of them. */
  static ConsumerConfig parseKnown(JsonObject json) {
    Builder config = new Builder();
    config.durable = json.string("durable_name", "");
    config.name = json.string("name", "");
    config.description = json.string("description", "");
    config.deliverPolicy = DeliverPolicy.parse(json.get("deliver_policy"));
    config.optStartSeq = json.unsigned("opt_start_seq", 0);
    config.optStartTime = time(json, "opt_start_time");
    config.ackPolicy = AckPolicy.parse(json.get("ack_policy"));
    config.ackWait = json.integer("ack_wait", 0);
    config.maxDeliver = json.integer("max_deliver", 0);
    config.backOff = json.integers("backoff");
    config.filterSubject = json.string("filter_subject", "");
    config.filterSubjects = json.strings("filter_subjects");
    config.replayPolicy = ReplayPolicy.parse(json.get("replay_policy"));
    config.rateLimitBps = json.integer("rate_limit_bps", 0);
    config.sampleFreq = json.string("sample_freq", "");
    config.maxWaiting = json.integer("max_waiting", 0);
    config.maxAckPending = json.integer("max_ack_pending", 0);
    config.flowControl = json.bool("flow_control", false);
    config.headersOnly = json.bool("headers_only", false);
    config.maxRequestBatch = json.integer("max_batch", 0);
    config.maxRequestExpires = json.integer("max_expires", 0);
    config.maxRequestMaxBytes = json.integer("max_bytes", 0);
    config.deliverSubject = json.string("deliver_subject", "");
    config.deliverGroup = json.string("deliver_group", "");
    config.idleHeartbeat = json.integer("idle_heartbeat", 0);
    config.inactiveThreshold = json.integer("inactive_threshold", 0);
    config.replicas = json.integer("num_replicas", 0);
    config.memoryStorage = json.bool("mem_storage", false);
    config.direct = json.bool("direct", false);
    config.sourcing = json.bool("sourcing", false);
    config.metadata = strings(json.object("metadata"));
    config.pauseUntil = time(json, "pause_until");
    config.priorityGroups = json.strings("priority_groups");
    config.priorityPolicy = PriorityPolicy.parse(json.get("priority_policy"));
    config.pinnedTtl = json.integer("priority_timeout", 0);
    return config.build();
  }

  /** Writes the JSON form as field {@code field} of an open object, as nats-server does. */
  void write(JsonWriter out, String field) {
    write(out.beginObject(field));
  }

  /** The JSON form as the rest of an open object, which it ends. */
  void writeRest(JsonWriter out) {
    write(out);
  }

  /** Whether its state does not outlive the server, even where the stream does. */
  boolean isInMemory() {
    return memoryStorage || direct;
  }

  /** The JSON form as text. */
  byte[] toJson() {
    JsonWriter out = JsonWriter.compact().beginObject();
    write(out);
    return out.toBytes();
  }

  private void write(JsonWriter out) {
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
    out.fieldIfSet("priority_timeout", pinnedTtl).endObject();
  }

  /** Whether the consumer outlives its subscribers. */
  public boolean isDurable() {
    return !durable.isEmpty();
  }

  /** Whether the consumer sends on its own, rather than when pulled. */
  public boolean isPush() {
    return !deliverSubject.isEmpty();
  }

  /** All subjects wanted; empty means every one. */
  public List<String> filters() {
    return filterSubject.isEmpty() ? filterSubjects : List.of(filterSubject);
  }

  /** A builder with everything as it is here. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.durable = durable;
    copy.name = name;
    copy.description = description;
    copy.deliverPolicy = deliverPolicy;
    copy.optStartSeq = optStartSeq;
    copy.optStartTime = optStartTime;
    copy.ackPolicy = ackPolicy;
    copy.ackWait = ackWait;
    copy.maxDeliver = maxDeliver;
    copy.backOff = backOff;
    copy.filterSubject = filterSubject;
    copy.filterSubjects = filterSubjects;
    copy.replayPolicy = replayPolicy;
    copy.rateLimitBps = rateLimitBps;
    copy.sampleFreq = sampleFreq;
    copy.maxWaiting = maxWaiting;
    copy.maxAckPending = maxAckPending;
    copy.flowControl = flowControl;
    copy.headersOnly = headersOnly;
    copy.maxRequestBatch = maxRequestBatch;
    copy.maxRequestExpires = maxRequestExpires;
    copy.maxRequestMaxBytes = maxRequestMaxBytes;
    copy.deliverSubject = deliverSubject;
    copy.deliverGroup = deliverGroup;
    copy.idleHeartbeat = idleHeartbeat;
    copy.inactiveThreshold = inactiveThreshold;
    copy.replicas = replicas;
    copy.memoryStorage = memoryStorage;
    copy.direct = direct;
    copy.sourcing = sourcing;
    copy.metadata = metadata;
    copy.pauseUntil = pauseUntil;
    copy.priorityGroups = priorityGroups;
    copy.priorityPolicy = priorityPolicy;
    copy.pinnedTtl = pinnedTtl;
    return copy;
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

  /** Gathers a {@link ConsumerConfig}. Not thread-safe. */
  public static final class Builder {
    private String durable = "";
    private String name = "";
    private String description = "";
    private DeliverPolicy deliverPolicy = DeliverPolicy.ALL;
    private long optStartSeq;
    private @Nullable OffsetDateTime optStartTime;
    private AckPolicy ackPolicy = AckPolicy.NONE;
    private long ackWait;
    private long maxDeliver;
    private List<Long> backOff = List.of();
    private String filterSubject = "";
    private List<String> filterSubjects = List.of();
    private ReplayPolicy replayPolicy = ReplayPolicy.INSTANT;
    private long rateLimitBps;
    private String sampleFreq = "";
    private long maxWaiting;
    private long maxAckPending;
    private boolean flowControl;
    private boolean headersOnly;
    private long maxRequestBatch;
    private long maxRequestExpires;
    private long maxRequestMaxBytes;
    private String deliverSubject = "";
    private String deliverGroup = "";
    private long idleHeartbeat;
    private long inactiveThreshold;
    private long replicas;
    private boolean memoryStorage;
    private boolean direct;
    private boolean sourcing;
    private Map<String, String> metadata = Map.of();
    private @Nullable OffsetDateTime pauseUntil;
    private List<String> priorityGroups = List.of();
    private PriorityPolicy priorityPolicy = PriorityPolicy.NONE;
    private long pinnedTtl;

    private Builder() {}

    public Builder durable(String value) {
      durable = value;
      return this;
    }

    public Builder name(String value) {
      name = value;
      return this;
    }

    public Builder description(String value) {
      description = value;
      return this;
    }

    public Builder deliverPolicy(DeliverPolicy value) {
      deliverPolicy = value;
      return this;
    }

    public Builder optStartSeq(long value) {
      optStartSeq = value;
      return this;
    }

    public Builder optStartTime(@Nullable OffsetDateTime value) {
      optStartTime = value;
      return this;
    }

    public Builder ackPolicy(AckPolicy value) {
      ackPolicy = value;
      return this;
    }

    public Builder ackWait(long value) {
      ackWait = value;
      return this;
    }

    public Builder maxDeliver(long value) {
      maxDeliver = value;
      return this;
    }

    public Builder backOff(List<Long> value) {
      backOff = value;
      return this;
    }

    public Builder filterSubject(String value) {
      filterSubject = value;
      return this;
    }

    public Builder filterSubjects(List<String> value) {
      filterSubjects = value;
      return this;
    }

    public Builder replayPolicy(ReplayPolicy value) {
      replayPolicy = value;
      return this;
    }

    public Builder rateLimitBps(long value) {
      rateLimitBps = value;
      return this;
    }

    public Builder sampleFreq(String value) {
      sampleFreq = value;
      return this;
    }

    public Builder maxWaiting(long value) {
      maxWaiting = value;
      return this;
    }

    public Builder maxAckPending(long value) {
      maxAckPending = value;
      return this;
    }

    public Builder flowControl(boolean value) {
      flowControl = value;
      return this;
    }

    public Builder headersOnly(boolean value) {
      headersOnly = value;
      return this;
    }

    public Builder maxRequestBatch(long value) {
      maxRequestBatch = value;
      return this;
    }

    public Builder maxRequestExpires(long value) {
      maxRequestExpires = value;
      return this;
    }

    public Builder maxRequestMaxBytes(long value) {
      maxRequestMaxBytes = value;
      return this;
    }

    public Builder deliverSubject(String value) {
      deliverSubject = value;
      return this;
    }

    public Builder deliverGroup(String value) {
      deliverGroup = value;
      return this;
    }

    public Builder idleHeartbeat(long value) {
      idleHeartbeat = value;
      return this;
    }

    public Builder inactiveThreshold(long value) {
      inactiveThreshold = value;
      return this;
    }

    public Builder replicas(long value) {
      replicas = value;
      return this;
    }

    public Builder memoryStorage(boolean value) {
      memoryStorage = value;
      return this;
    }

    public Builder direct(boolean value) {
      direct = value;
      return this;
    }

    public Builder sourcing(boolean value) {
      sourcing = value;
      return this;
    }

    public Builder metadata(Map<String, String> value) {
      metadata = value;
      return this;
    }

    public Builder pauseUntil(@Nullable OffsetDateTime value) {
      pauseUntil = value;
      return this;
    }

    public Builder priorityGroups(List<String> value) {
      priorityGroups = value;
      return this;
    }

    public Builder priorityPolicy(PriorityPolicy value) {
      priorityPolicy = value;
      return this;
    }

    public Builder pinnedTtl(long value) {
      pinnedTtl = value;
      return this;
    }

    /** The configuration gathered so far. */
    public ConsumerConfig build() {
      return new ConsumerConfig(
          durable,
          name,
          description,
          deliverPolicy,
          optStartSeq,
          optStartTime,
          ackPolicy,
          ackWait,
          maxDeliver,
          backOff,
          filterSubject,
          filterSubjects,
          replayPolicy,
          rateLimitBps,
          sampleFreq,
          maxWaiting,
          maxAckPending,
          flowControl,
          headersOnly,
          maxRequestBatch,
          maxRequestExpires,
          maxRequestMaxBytes,
          deliverSubject,
          deliverGroup,
          idleHeartbeat,
          inactiveThreshold,
          replicas,
          memoryStorage,
          direct,
          sourcing,
          metadata,
          pauseUntil,
          priorityGroups,
          priorityPolicy,
          pinnedTtl);
    }
  }
}
