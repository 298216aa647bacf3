/** TODO. */
@NullMarked
package dev.hubkit.nats.jetstream.validation;

import org.jspecify.annotations.NullMarked;
