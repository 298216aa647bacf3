/**
 * Which configurations of streams, consumers, sources and transforms are allowed, and what may
 * change in them: the checks of nats-server, in its order and with its errors.
 */
@NullMarked
package dev.hubkit.nats.jetstream.validation;

import org.jspecify.annotations.NullMarked;
