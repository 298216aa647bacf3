/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.source;

import org.jspecify.annotations.NullMarked;
