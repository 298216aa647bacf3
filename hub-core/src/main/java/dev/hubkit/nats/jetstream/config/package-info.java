/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.config;

import org.jspecify.annotations.NullMarked;
