/**
 * The requests of the {@code $JS.API} and their handlers; {@link
 * dev.hubkit.nats.jetstream.api.ApiTable} lists them.
 */
@NullMarked
package dev.hubkit.nats.jetstream.api;

import org.jspecify.annotations.NullMarked;
