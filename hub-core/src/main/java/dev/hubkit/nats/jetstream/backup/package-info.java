/** Backup and restore of streams, as archives that are sent in chunks. */
@NullMarked
package dev.hubkit.nats.jetstream.backup;

import org.jspecify.annotations.NullMarked;
