package dev.hubkit.junit;

import io.nats.client.api.CompressionOption;
import io.nats.client.api.ConsumerLimits;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.PersistMode;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StreamConfiguration;

/** The configuration of a stream that {@link WithStream} declares. */
final class StreamAttributes {
  private final WithStream stream;
  private final AttributeTexts texts;
  private final StreamConfiguration.Builder config;

  private StreamAttributes(WithStream stream, AttributeTexts texts) {
    this.stream = stream;
    this.texts = texts;
    this.config =
        stream.file().isEmpty()
            ? StreamConfiguration.builder().storageType(StreamRelations.storage(stream.storage()))
            : StreamConfiguration.builder(ConfigurationFile.stream(stream.file(), texts.label()));
  }

  // What an attribute says beyond its default replaces what is in the file.
  static StreamConfiguration of(WithStream stream) {
    AttributeTexts texts = new AttributeTexts(DeclarationChecks.name(stream));
    StreamAttributes attributes = new StreamAttributes(stream, texts);
    attributes.addContent();
    attributes.addLimits();
    attributes.addPlace();
    attributes.addRelations();
    attributes.addPermissions();
    attributes.addMessageFeatures();
    return attributes.config.build();
  }

  private void addContent() {
    AttributeTexts.ifSet(stream.name(), config::name);
    AttributeTexts.ifSet(stream.description(), config::description);
    if (stream.subjects().length > 0) {
      config.subjects(stream.subjects());
    }
    if (stream.retention() != WithStream.Retention.LIMITS) {
      config.retentionPolicy(
          stream.retention() == WithStream.Retention.INTEREST
              ? RetentionPolicy.Interest
              : RetentionPolicy.WorkQueue);
    }
    texts.duration("duplicateWindow", stream.duplicateWindow(), config::duplicateWindow);
    if (stream.firstSequence() != 0) {
      config.firstSequence(stream.firstSequence());
    }
    if (stream.noAck()) {
      config.noAck(true);
    }
    texts.metadata(stream.metadata(), config::metadata);
  }

  private void addLimits() {
    if (stream.discardNew()) {
      config.discardPolicy(DiscardPolicy.New);
    }
    if (stream.discardNewPerSubject()) {
      config.discardNewPerSubject(true);
    }
    if (stream.maxConsumers() != -1) {
      config.maxConsumers(stream.maxConsumers());
    }
    if (stream.maxMessages() != -1) {
      config.maxMessages(stream.maxMessages());
    }
    if (stream.maxMessagesPerSubject() != -1) {
      config.maxMessagesPerSubject(stream.maxMessagesPerSubject());
    }
    if (stream.maxBytes() != -1) {
      config.maxBytes(stream.maxBytes());
    }
    if (stream.maxMessageSize() != -1) {
      config.maximumMessageSize(stream.maxMessageSize());
    }
    texts.duration("maxAge", stream.maxAge(), config::maxAge);
    addLimitsOfConsumers();
  }

  private void addLimitsOfConsumers() {
    if (stream.consumerInactiveThreshold().isEmpty() && stream.consumerMaxAckPending() == -1) {
      return;
    }
    ConsumerLimits.Builder limits = ConsumerLimits.builder();
    texts.duration(
        "consumerInactiveThreshold", stream.consumerInactiveThreshold(), limits::inactiveThreshold);
    if (stream.consumerMaxAckPending() != -1) {
      limits.maxAckPending(stream.consumerMaxAckPending());
    }
    config.consumerLimits(limits.build());
  }

  private void addPlace() {
    if (stream.storage() != Storage.DEFAULT) {
      config.storageType(StreamRelations.storage(stream.storage()));
    }
    if (stream.compression()) {
      config.compressionOption(CompressionOption.S2);
    }
    if (stream.replicas() != 0) {
      config.replicas(stream.replicas());
    }
    StreamRelations.placement(stream.placementCluster(), stream.placementTags(), config::placement);
    if (stream.persistAsync()) {
      config.persistMode(PersistMode.Async);
    }
  }

  private void addRelations() {
    StreamRelations relations = new StreamRelations(texts);
    relations.mirror(stream.mirror(), config::mirror);
    relations.sources(stream.sources(), config::sources);
    StreamRelations.transform(stream.subjectTransform(), config::subjectTransform);
    StreamRelations.republish(stream.republish(), config::republish);
  }

  private void addPermissions() {
    if (stream.allowRollup()) {
      config.allowRollup(true);
    }
    if (stream.allowDirect()) {
      config.allowDirect(true);
    }
    if (stream.mirrorDirect()) {
      config.mirrorDirect(true);
    }
    if (stream.denyDelete()) {
      config.denyDelete(true);
    }
    if (stream.denyPurge()) {
      config.denyPurge(true);
    }
  }

  private void addMessageFeatures() {
    if (stream.allowMessageTtl()) {
      config.allowMessageTtl(true);
    }
    texts.duration(
        "subjectDeleteMarkerTtl", stream.subjectDeleteMarkerTtl(), config::subjectDeleteMarkerTtl);
    if (stream.allowMessageSchedules()) {
      config.allowMessageSchedules(true);
    }
    if (stream.allowMessageCounter()) {
      config.allowMessageCounter(true);
    }
    if (stream.allowAtomicPublish()) {
      config.allowAtomicPublish(true);
    }
    if (stream.allowBatched()) {
      config.allowBatched(true);
    }
  }
}
