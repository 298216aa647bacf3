package dev.hubkit.nats.jetstream.config;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A {@link StreamConfig} in the making. Not thread-safe. */
public final class StreamDraft {
  public String name;
  public String description;
  public List<String> subjects;
  public RetentionPolicy retention;
  public long maxConsumers;
  public long maxMessages;
  public long maxBytes;
  public long maxAge;
  public long maxMessagesPerSubject;
  public long maxMessageSize;
  public DiscardPolicy discard;
  public StorageType storage;
  public long replicas;
  public boolean noAck;
  public long duplicateWindow;
  public StreamConfig.@Nullable Placement placement;
  @Nullable public StreamSource mirror;
  public List<StreamSource> sources;
  public Compression compression;
  public long firstSequence;
  public StreamConfig.@Nullable TransformConfig subjectTransform;
  public StreamConfig.@Nullable Republish republish;
  public boolean allowDirect;
  public boolean mirrorDirect;
  public boolean discardNewPerSubject;
  public boolean sealed;
  public boolean denyDelete;
  public boolean denyPurge;
  public boolean allowRollup;
  public StreamConfig.ConsumerLimits consumerLimits;
  public boolean allowMessageTtl;
  public long subjectDeleteMarkerTtl;
  public boolean allowMessageCounter;
  public boolean allowAtomicPublish;
  public boolean allowMessageSchedules;
  public PersistMode persistMode;
  public boolean allowBatchPublish;
  public Map<String, String> metadata;

  StreamDraft(StreamConfig config) {
    name = config.name();
    description = config.description();
    subjects = config.subjects();
    retention = config.retention();
    maxConsumers = config.maxConsumers();
    maxMessages = config.maxMessages();
    maxBytes = config.maxBytes();
    maxAge = config.maxAge();
    maxMessagesPerSubject = config.maxMessagesPerSubject();
    maxMessageSize = config.maxMessageSize();
    discard = config.discard();
    storage = config.storage();
    replicas = config.replicas();
    noAck = config.noAck();
    duplicateWindow = config.duplicateWindow();
    placement = config.placement();
    mirror = config.mirror();
    sources = config.sources();
    compression = config.compression();
    firstSequence = config.firstSequence();
    subjectTransform = config.subjectTransform();
    republish = config.republish();
    allowDirect = config.allowDirect();
    mirrorDirect = config.mirrorDirect();
    discardNewPerSubject = config.discardNewPerSubject();
    sealed = config.sealed();
    denyDelete = config.denyDelete();
    denyPurge = config.denyPurge();
    allowRollup = config.allowRollup();
    consumerLimits = config.consumerLimits();
    allowMessageTtl = config.allowMessageTtl();
    subjectDeleteMarkerTtl = config.subjectDeleteMarkerTtl();
    allowMessageCounter = config.allowMessageCounter();
    allowAtomicPublish = config.allowAtomicPublish();
    allowMessageSchedules = config.allowMessageSchedules();
    persistMode = config.persistMode();
    allowBatchPublish = config.allowBatchPublish();
    metadata = config.metadata();
  }

  /** The configuration as it is now. */
  public StreamConfig config() {
    return new StreamConfig(
        name,
        description,
        List.copyOf(subjects),
        retention,
        maxConsumers,
        maxMessages,
        maxBytes,
        maxAge,
        maxMessagesPerSubject,
        maxMessageSize,
        discard,
        storage,
        replicas,
        noAck,
        duplicateWindow,
        placement,
        mirror,
        sources,
        compression,
        firstSequence,
        subjectTransform,
        republish,
        allowDirect,
        mirrorDirect,
        discardNewPerSubject,
        sealed,
        denyDelete,
        denyPurge,
        allowRollup,
        consumerLimits,
        allowMessageTtl,
        subjectDeleteMarkerTtl,
        allowMessageCounter,
        allowAtomicPublish,
        allowMessageSchedules,
        persistMode,
        allowBatchPublish,
        Collections.unmodifiableMap(new TreeMap<>(metadata)));
  }
}
