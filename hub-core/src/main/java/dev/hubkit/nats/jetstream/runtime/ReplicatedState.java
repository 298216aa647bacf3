package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.store.StoreSnapshot;

/**
 * All that the replicas of a stream have in common at one place of their log.
 *
 * @param sources how far the sources are read
 */
public record ReplicatedState(
    StreamConfig config, StoreSnapshot messages, PublishState published, SourcePositions sources) {}
