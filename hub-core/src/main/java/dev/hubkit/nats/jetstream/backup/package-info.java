/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.backup;

import org.jspecify.annotations.NullMarked;
