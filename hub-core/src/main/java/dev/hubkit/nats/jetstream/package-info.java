/**
 * JetStream: streams, consumers and the {@code $JS.API}. Touches {@code account}, {@code subject},
 * {@code jetstream.store}, {@code json} and {@code time}.
 */
@NullMarked
package dev.hubkit.nats.jetstream;

import org.jspecify.annotations.NullMarked;
