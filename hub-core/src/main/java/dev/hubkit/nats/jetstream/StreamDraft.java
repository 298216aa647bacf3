package dev.hubkit.nats.jetstream;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A {@link StreamConfig} in the making. Not thread-safe. */
final class StreamDraft {
  String name;
  String description;
  List<String> subjects;
  RetentionPolicy retention;
  long maxConsumers;
  long maxMessages;
  long maxBytes;
  long maxAge;
  long maxMessagesPerSubject;
  long maxMessageSize;
  DiscardPolicy discard;
  StorageType storage;
  long replicas;
  boolean noAck;
  long duplicateWindow;
  StreamConfig.@Nullable Placement placement;
  @Nullable StreamSource mirror;
  List<StreamSource> sources;
  Compression compression;
  long firstSequence;
  StreamConfig.@Nullable TransformConfig subjectTransform;
  StreamConfig.@Nullable Republish republish;
  boolean allowDirect;
  boolean mirrorDirect;
  boolean discardNewPerSubject;
  boolean sealed;
  boolean denyDelete;
  boolean denyPurge;
  boolean allowRollup;
  StreamConfig.ConsumerLimits consumerLimits;
  boolean allowMessageTtl;
  long subjectDeleteMarkerTtl;
  boolean allowMessageCounter;
  boolean allowAtomicPublish;
  boolean allowMessageSchedules;
  PersistMode persistMode;
  boolean allowBatchPublish;
  Map<String, String> metadata;

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
  StreamConfig config() {
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
