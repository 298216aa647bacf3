@NullMarked
package dev.hubkit.nats.trace;

import org.jspecify.annotations.NullMarked;
