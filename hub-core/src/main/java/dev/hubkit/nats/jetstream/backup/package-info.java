/** Streams on their way out of the server and in again, as archives in chunks. */
@NullMarked
package dev.hubkit.nats.jetstream.backup;

import org.jspecify.annotations.NullMarked;
