package dev.hubkit.junit;

import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.ObjectStoreConfiguration;

/** The configurations of buckets that {@link WithBucket} and {@link WithObjectStore} declare. */
final class BucketAttributes {
  private BucketAttributes() {}

  static KeyValueConfiguration of(WithBucket bucket) {
    AttributeTexts texts = new AttributeTexts(DeclarationChecks.name(bucket));
    KeyValueConfiguration.Builder config =
        KeyValueConfiguration.builder(bucket.name())
            .storageType(StreamRelations.storage(bucket.storage()))
            .maxHistoryPerKey(bucket.history())
            .maxBucketSize(bucket.maxBucketSize())
            .replicas(bucket.replicas());
    AttributeTexts.ifSet(bucket.description(), config::description);
    texts.duration("ttl", bucket.ttl(), config::ttl);
    if (bucket.maxValueSize() != -1) {
      config.maximumValueSize(bucket.maxValueSize());
    }
    texts.duration("limitMarker", bucket.limitMarker(), config::limitMarker);
    if (bucket.compression()) {
      config.compression(true);
    }
    StreamRelations relations = new StreamRelations(texts);
    StreamRelations.placement(bucket.placementCluster(), bucket.placementTags(), config::placement);
    relations.mirror(bucket.mirror(), config::mirror);
    relations.sources(bucket.sources(), config::sources);
    StreamRelations.republish(bucket.republish(), config::republish);
    texts.metadata(bucket.metadata(), config::metadata);
    return config.build();
  }

  static ObjectStoreConfiguration of(WithObjectStore store) {
    AttributeTexts texts = new AttributeTexts(DeclarationChecks.name(store));
    ObjectStoreConfiguration.Builder config =
        ObjectStoreConfiguration.builder(store.name())
            .storageType(StreamRelations.storage(store.storage()))
            .maxBucketSize(store.maxBucketSize())
            .replicas(store.replicas());
    AttributeTexts.ifSet(store.description(), config::description);
    texts.duration("ttl", store.ttl(), config::ttl);
    if (store.compression()) {
      config.compression(true);
    }
    StreamRelations.placement(store.placementCluster(), store.placementTags(), config::placement);
    texts.metadata(store.metadata(), config::metadata);
    return config.build();
  }
}
