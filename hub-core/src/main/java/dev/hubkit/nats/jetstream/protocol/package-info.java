/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.protocol;

import org.jspecify.annotations.NullMarked;
