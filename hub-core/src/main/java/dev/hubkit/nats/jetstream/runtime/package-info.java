/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.runtime;

import org.jspecify.annotations.NullMarked;
