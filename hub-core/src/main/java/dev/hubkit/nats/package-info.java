/**
 * The NATS server as its users see it: options, start, stop. It uses the {@code nats} packages
 * below it, and nothing of Fossil.
 */
@NullMarked
package dev.hubkit.nats;

import org.jspecify.annotations.NullMarked;
