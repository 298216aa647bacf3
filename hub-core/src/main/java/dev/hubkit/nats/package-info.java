/**
 * The NATS server as its users see it: options, start, stop. May touch every {@code nats} package
 * below it; knows nothing of Fossil nor of the face.
 */
@NullMarked
package dev.hubkit.nats;

import org.jspecify.annotations.NullMarked;
