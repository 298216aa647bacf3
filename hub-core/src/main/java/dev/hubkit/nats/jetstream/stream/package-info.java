/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.stream;

import org.jspecify.annotations.NullMarked;
