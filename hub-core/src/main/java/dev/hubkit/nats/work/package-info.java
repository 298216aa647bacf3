/** Threads that do what must not hold up those of the network, and how they are waited for. */
@NullMarked
package dev.hubkit.nats.work;

import org.jspecify.annotations.NullMarked;
