package dev.hubkit.nats.jetstream.config;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@link ConsumerConfig} in the making. Not thread-safe. */
public final class ConsumerDraft {
  public String durable;
  public String name;
  public String description;
  public DeliverPolicy deliverPolicy;
  public long optStartSeq;
  @Nullable public OffsetDateTime optStartTime;
  public AckPolicy ackPolicy;
  public long ackWait;
  public long maxDeliver;
  public List<Long> backOff;
  public String filterSubject;
  public List<String> filterSubjects;
  public ReplayPolicy replayPolicy;
  public long rateLimitBps;
  public String sampleFreq;
  public long maxWaiting;
  public long maxAckPending;
  public boolean flowControl;
  public boolean headersOnly;
  public long maxRequestBatch;
  public long maxRequestExpires;
  public long maxRequestMaxBytes;
  public String deliverSubject;
  public String deliverGroup;
  public long idleHeartbeat;
  public long inactiveThreshold;
  public long replicas;
  public boolean memoryStorage;
  public boolean direct;
  public boolean sourcing;
  public Map<String, String> metadata;
  @Nullable public OffsetDateTime pauseUntil;
  public List<String> priorityGroups;
  public PriorityPolicy priorityPolicy;
  public long pinnedTtl;

  ConsumerDraft(ConsumerConfig config) {
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

  /** The configuration as it is now. */
  public ConsumerConfig config() {
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
