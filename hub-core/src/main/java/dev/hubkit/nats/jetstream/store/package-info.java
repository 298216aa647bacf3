/**
 * Where the messages of a stream and the state of its consumers are kept: in memory or in files.
 * Above the foundation, it uses only {@code wire}.
 */
@NullMarked
package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.NullMarked;
