/**
 * How messages get out of a stream: consumers, what they deliver to whom and when, and what is
 * acknowledged (ADR-8, ADR-13, ADR-15, ADR-42).
 */
@NullMarked
package dev.hubkit.nats.jetstream.consumer;

import org.jspecify.annotations.NullMarked;
