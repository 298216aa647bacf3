/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.api;

import org.jspecify.annotations.NullMarked;
