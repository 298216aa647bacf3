/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.publish;

import org.jspecify.annotations.NullMarked;
