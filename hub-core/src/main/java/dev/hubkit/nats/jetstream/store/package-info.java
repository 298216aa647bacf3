/**
 * Where the messages of a stream and the state of its consumers are kept: in memory or in files.
 * Touches {@code subject} and {@code time}.
 */
@NullMarked
package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.NullMarked;
