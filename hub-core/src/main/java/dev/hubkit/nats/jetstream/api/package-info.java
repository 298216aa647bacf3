/**
 * The requests of the {@code $JS.API} and what answers each; {@link
 * dev.hubkit.nats.jetstream.api.ApiTable} lists them.
 */
@NullMarked
package dev.hubkit.nats.jetstream.api;

import org.jspecify.annotations.NullMarked;
