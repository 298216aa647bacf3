/**
 * How messages get out of a stream: consumers, their deliveries, and the acknowledgements of
 * clients (ADR-8, ADR-13, ADR-15, ADR-42).
 */
@NullMarked
package dev.hubkit.nats.jetstream.consumer;

import org.jspecify.annotations.NullMarked;
