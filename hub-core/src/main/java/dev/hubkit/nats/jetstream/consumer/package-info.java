/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.consumer;

import org.jspecify.annotations.NullMarked;
