/**
 * The configurations of streams, consumers and of JetStream itself, as they are parsed, written and
 * compared. Whether one is allowed is up to {@code validation}.
 */
@NullMarked
package dev.hubkit.nats.jetstream.config;

import org.jspecify.annotations.NullMarked;
