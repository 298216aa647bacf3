/**
 * Streams and their account: their life from creation to deletion, direct gets (ADR-31), expiry,
 * advisories, and snapshots of all streams of an account.
 */
@NullMarked
package dev.hubkit.nats.jetstream.stream;

import org.jspecify.annotations.NullMarked;
