/**
 * The form in which a stream leaves a server and comes back, which nats-server's snapshots consist
 * of: in S2 frames, a tar file with the files of a stream, or from nats-server 2.15 on, a sequence
 * of entries, which Hub reads as well. Above the foundation, it uses only {@code jetstream.store}
 * and {@code snappy}.
 */
@NullMarked
package dev.hubkit.nats.jetstream.archive;

import org.jspecify.annotations.NullMarked;
