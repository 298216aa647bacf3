package dev.hubkit.nats.jetstream.config;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link ConsumerConfig}; the fields and their units are those of the record. Strings are
 * empty, numbers zero and collections empty until they are set. Not thread-safe.
 */
public final class ConsumerConfigBuilder {
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

  ConsumerConfigBuilder() {}

  ConsumerConfigBuilder(ConsumerConfig config) {
    durable = config.durable();
    name = config.name();
    description = config.description();
    deliverPolicy = config.deliverPolicy();
    optStartSeq = config.optStartSeq();
    optStartTime = config.optStartTime();
    ackPolicy = config.ackPolicy();
    ackWait = config.ackWait();
    maxDeliver = config.maxDeliver();
    backOff = config.backOff();
    filterSubject = config.filterSubject();
    filterSubjects = config.filterSubjects();
    replayPolicy = config.replayPolicy();
    rateLimitBps = config.rateLimitBps();
    sampleFreq = config.sampleFreq();
    maxWaiting = config.maxWaiting();
    maxAckPending = config.maxAckPending();
    flowControl = config.flowControl();
    headersOnly = config.headersOnly();
    maxRequestBatch = config.maxRequestBatch();
    maxRequestExpires = config.maxRequestExpires();
    maxRequestMaxBytes = config.maxRequestMaxBytes();
    deliverSubject = config.deliverSubject();
    deliverGroup = config.deliverGroup();
    idleHeartbeat = config.idleHeartbeat();
    inactiveThreshold = config.inactiveThreshold();
    replicas = config.replicas();
    memoryStorage = config.memoryStorage();
    direct = config.direct();
    sourcing = config.sourcing();
    metadata = config.metadata();
    pauseUntil = config.pauseUntil();
    priorityGroups = config.priorityGroups();
    priorityPolicy = config.priorityPolicy();
    pinnedTtl = config.pinnedTtl();
  }

  public ConsumerConfigBuilder durable(String value) {
    durable = value;
    return this;
  }

  public ConsumerConfigBuilder name(String value) {
    name = value;
    return this;
  }

  public ConsumerConfigBuilder description(String value) {
    description = value;
    return this;
  }

  public ConsumerConfigBuilder deliverPolicy(DeliverPolicy value) {
    deliverPolicy = value;
    return this;
  }

  public ConsumerConfigBuilder optStartSeq(long value) {
    optStartSeq = value;
    return this;
  }

  public ConsumerConfigBuilder optStartTime(@Nullable OffsetDateTime value) {
    optStartTime = value;
    return this;
  }

  public ConsumerConfigBuilder ackPolicy(AckPolicy value) {
    ackPolicy = value;
    return this;
  }

  public ConsumerConfigBuilder ackWait(long value) {
    ackWait = value;
    return this;
  }

  public ConsumerConfigBuilder maxDeliver(long value) {
    maxDeliver = value;
    return this;
  }

  public ConsumerConfigBuilder backOff(List<Long> value) {
    backOff = value;
    return this;
  }

  public ConsumerConfigBuilder filterSubject(String value) {
    filterSubject = value;
    return this;
  }

  public ConsumerConfigBuilder filterSubjects(List<String> value) {
    filterSubjects = value;
    return this;
  }

  public ConsumerConfigBuilder replayPolicy(ReplayPolicy value) {
    replayPolicy = value;
    return this;
  }

  public ConsumerConfigBuilder rateLimitBps(long value) {
    rateLimitBps = value;
    return this;
  }

  public ConsumerConfigBuilder sampleFreq(String value) {
    sampleFreq = value;
    return this;
  }

  public ConsumerConfigBuilder maxWaiting(long value) {
    maxWaiting = value;
    return this;
  }

  public ConsumerConfigBuilder maxAckPending(long value) {
    maxAckPending = value;
    return this;
  }

  public ConsumerConfigBuilder flowControl(boolean value) {
    flowControl = value;
    return this;
  }

  public ConsumerConfigBuilder headersOnly(boolean value) {
    headersOnly = value;
    return this;
  }

  public ConsumerConfigBuilder maxRequestBatch(long value) {
    maxRequestBatch = value;
    return this;
  }

  public ConsumerConfigBuilder maxRequestExpires(long value) {
    maxRequestExpires = value;
    return this;
  }

  public ConsumerConfigBuilder maxRequestMaxBytes(long value) {
    maxRequestMaxBytes = value;
    return this;
  }

  public ConsumerConfigBuilder deliverSubject(String value) {
    deliverSubject = value;
    return this;
  }

  public ConsumerConfigBuilder deliverGroup(String value) {
    deliverGroup = value;
    return this;
  }

  public ConsumerConfigBuilder idleHeartbeat(long value) {
    idleHeartbeat = value;
    return this;
  }

  public ConsumerConfigBuilder inactiveThreshold(long value) {
    inactiveThreshold = value;
    return this;
  }

  public ConsumerConfigBuilder replicas(long value) {
    replicas = value;
    return this;
  }

  public ConsumerConfigBuilder memoryStorage(boolean value) {
    memoryStorage = value;
    return this;
  }

  public ConsumerConfigBuilder direct(boolean value) {
    direct = value;
    return this;
  }

  public ConsumerConfigBuilder sourcing(boolean value) {
    sourcing = value;
    return this;
  }

  public ConsumerConfigBuilder metadata(Map<String, String> value) {
    metadata = value;
    return this;
  }

  public ConsumerConfigBuilder pauseUntil(@Nullable OffsetDateTime value) {
    pauseUntil = value;
    return this;
  }

  public ConsumerConfigBuilder priorityGroups(List<String> value) {
    priorityGroups = value;
    return this;
  }

  public ConsumerConfigBuilder priorityPolicy(PriorityPolicy value) {
    priorityPolicy = value;
    return this;
  }

  public ConsumerConfigBuilder pinnedTtl(long value) {
    pinnedTtl = value;
    return this;
  }

  /** Returns the configuration as set so far; the builder can go on to build others. */
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
