@NullMarked
package dev.hubkit.nats.system;

import org.jspecify.annotations.NullMarked;
