/**
 * S2 frames (https://github.com/klauspost/compress/tree/master/s2), in which servers compress what
 * they send each other, and archives of streams. Frames are written as Snappy's, which every reader
 * of S2 takes, and read with the extensions of S2. It uses nothing else of Hub.
 */
@NullMarked
package dev.hubkit.nats.snappy;

import org.jspecify.annotations.NullMarked;
