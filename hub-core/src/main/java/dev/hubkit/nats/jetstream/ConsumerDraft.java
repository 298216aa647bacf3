package dev.hubkit.nats.jetstream;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@link ConsumerConfig} in the making. Not thread-safe. */
final class ConsumerDraft {
  String durable;
  String name;
  String description;
  DeliverPolicy deliverPolicy;
  long optStartSeq;
  @Nullable OffsetDateTime optStartTime;
  AckPolicy ackPolicy;
  long ackWait;
  long maxDeliver;
  List<Long> backOff;
  String filterSubject;
  List<String> filterSubjects;
  ReplayPolicy replayPolicy;
  long rateLimitBps;
  String sampleFreq;
  long maxWaiting;
  long maxAckPending;
  boolean flowControl;
  boolean headersOnly;
  long maxRequestBatch;
  long maxRequestExpires;
  long maxRequestMaxBytes;
  String deliverSubject;
  String deliverGroup;
  long idleHeartbeat;
  long inactiveThreshold;
  long replicas;
  boolean memoryStorage;
  boolean direct;
  boolean sourcing;
  Map<String, String> metadata;
  @Nullable OffsetDateTime pauseUntil;
  List<String> priorityGroups;
  PriorityPolicy priorityPolicy;
  long pinnedTtl;

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
  ConsumerConfig config() {
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
