/**
 * The form in which a stream leaves a server and comes back: the archive that nats-server's
 * snapshots consist of, a tar file in S2 frames with the files of a stream in it. Above the
 * foundation, it uses only {@code jetstream.store}.
 */
@NullMarked
package dev.hubkit.nats.jetstream.archive;

import org.jspecify.annotations.NullMarked;
