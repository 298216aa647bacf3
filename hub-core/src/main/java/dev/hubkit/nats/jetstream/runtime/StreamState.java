package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.store.StoreSnapshot;
import java.util.List;

/**
 * A stream at one moment.
 *
 * @param created when it was created, in nanoseconds since the Unix epoch
 */
public record StreamState(
    StreamConfig config, long created, StoreSnapshot messages, List<ConsumerState> consumers) {}
