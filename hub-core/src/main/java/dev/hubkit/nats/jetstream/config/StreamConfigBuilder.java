package dev.hubkit.nats.jetstream.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link StreamConfig}; the fields and their units are those of the record. Strings are
 * empty, numbers zero and collections empty until they are set. Not thread-safe.
 */
public final class StreamConfigBuilder {
  private String name = "";
  private String description = "";
  private List<String> subjects = List.of();
  private RetentionPolicy retention = RetentionPolicy.LIMITS;
  private long maxConsumers;
  private long maxMessages;
  private long maxBytes;
  private long maxAge;
  private long maxMessagesPerSubject;
  private long maxMessageSize;
  private DiscardPolicy discard = DiscardPolicy.OLD;
  private StorageType storage = StorageType.FILE;
  private long replicas;
  private boolean noAck;
  private long duplicateWindow;
  private StreamConfig.@Nullable Placement placement;
  private @Nullable StreamSource mirror;
  private List<StreamSource> sources = List.of();
  private Compression compression = Compression.NONE;
  private long firstSequence;
  private StreamConfig.@Nullable TransformConfig subjectTransform;
  private StreamConfig.@Nullable Republish republish;
  private boolean allowDirect;
  private boolean mirrorDirect;
  private boolean discardNewPerSubject;
  private boolean sealed;
  private boolean denyDelete;
  private boolean denyPurge;
  private boolean allowRollup;
  private StreamConfig.ConsumerLimits consumerLimits = StreamConfig.ConsumerLimits.NONE;
  private boolean allowMessageTtl;
  private long subjectDeleteMarkerTtl;
  private boolean allowMessageCounter;
  private boolean allowAtomicPublish;
  private boolean allowMessageSchedules;
  private PersistMode persistMode = PersistMode.DEFAULT;
  private boolean allowBatchPublish;
  private Map<String, String> metadata = Map.of();

  StreamConfigBuilder() {}

  StreamConfigBuilder(StreamConfig config) {
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

  public StreamConfigBuilder name(String value) {
    name = value;
    return this;
  }

  public StreamConfigBuilder description(String value) {
    description = value;
    return this;
  }

  public StreamConfigBuilder subjects(List<String> value) {
    subjects = value;
    return this;
  }

  public StreamConfigBuilder retention(RetentionPolicy value) {
    retention = value;
    return this;
  }

  public StreamConfigBuilder maxConsumers(long value) {
    maxConsumers = value;
    return this;
  }

  public StreamConfigBuilder maxMessages(long value) {
    maxMessages = value;
    return this;
  }

  public StreamConfigBuilder maxBytes(long value) {
    maxBytes = value;
    return this;
  }

  public StreamConfigBuilder maxAge(long value) {
    maxAge = value;
    return this;
  }

  public StreamConfigBuilder maxMessagesPerSubject(long value) {
    maxMessagesPerSubject = value;
    return this;
  }

  public StreamConfigBuilder maxMessageSize(long value) {
    maxMessageSize = value;
    return this;
  }

  public StreamConfigBuilder discard(DiscardPolicy value) {
    discard = value;
    return this;
  }

  public StreamConfigBuilder storage(StorageType value) {
    storage = value;
    return this;
  }

  public StreamConfigBuilder replicas(long value) {
    replicas = value;
    return this;
  }

  public StreamConfigBuilder noAck(boolean value) {
    noAck = value;
    return this;
  }

  public StreamConfigBuilder duplicateWindow(long value) {
    duplicateWindow = value;
    return this;
  }

  public StreamConfigBuilder placement(StreamConfig.@Nullable Placement value) {
    placement = value;
    return this;
  }

  public StreamConfigBuilder mirror(@Nullable StreamSource value) {
    mirror = value;
    return this;
  }

  public StreamConfigBuilder sources(List<StreamSource> value) {
    sources = value;
    return this;
  }

  public StreamConfigBuilder compression(Compression value) {
    compression = value;
    return this;
  }

  public StreamConfigBuilder firstSequence(long value) {
    firstSequence = value;
    return this;
  }

  public StreamConfigBuilder subjectTransform(StreamConfig.@Nullable TransformConfig value) {
    subjectTransform = value;
    return this;
  }

  public StreamConfigBuilder republish(StreamConfig.@Nullable Republish value) {
    republish = value;
    return this;
  }

  public StreamConfigBuilder allowDirect(boolean value) {
    allowDirect = value;
    return this;
  }

  public StreamConfigBuilder mirrorDirect(boolean value) {
    mirrorDirect = value;
    return this;
  }

  public StreamConfigBuilder discardNewPerSubject(boolean value) {
    discardNewPerSubject = value;
    return this;
  }

  public StreamConfigBuilder sealed(boolean value) {
    sealed = value;
    return this;
  }

  public StreamConfigBuilder denyDelete(boolean value) {
    denyDelete = value;
    return this;
  }

  public StreamConfigBuilder denyPurge(boolean value) {
    denyPurge = value;
    return this;
  }

  public StreamConfigBuilder allowRollup(boolean value) {
    allowRollup = value;
    return this;
  }

  public StreamConfigBuilder consumerLimits(StreamConfig.ConsumerLimits value) {
    consumerLimits = value;
    return this;
  }

  public StreamConfigBuilder allowMessageTtl(boolean value) {
    allowMessageTtl = value;
    return this;
  }

  public StreamConfigBuilder subjectDeleteMarkerTtl(long value) {
    subjectDeleteMarkerTtl = value;
    return this;
  }

  public StreamConfigBuilder allowMessageCounter(boolean value) {
    allowMessageCounter = value;
    return this;
  }

  public StreamConfigBuilder allowAtomicPublish(boolean value) {
    allowAtomicPublish = value;
    return this;
  }

  public StreamConfigBuilder allowMessageSchedules(boolean value) {
    allowMessageSchedules = value;
    return this;
  }

  public StreamConfigBuilder persistMode(PersistMode value) {
    persistMode = value;
    return this;
  }

  public StreamConfigBuilder allowBatchPublish(boolean value) {
    allowBatchPublish = value;
    return this;
  }

  public StreamConfigBuilder metadata(Map<String, String> value) {
    metadata = value;
    return this;
  }

  /** Returns the configuration as set so far; the builder can go on to build others. */
  public StreamConfig build() {
    return new StreamConfig(
        name,
        description,
        subjects,
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
        metadata);
  }
}
