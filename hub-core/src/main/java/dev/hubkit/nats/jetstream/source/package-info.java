/**
 * How messages get into a stream from others: mirrors and sources, each a consumer of its origin.
 */
@NullMarked
package dev.hubkit.nats.jetstream.source;

import org.jspecify.annotations.NullMarked;
