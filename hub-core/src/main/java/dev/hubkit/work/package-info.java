/**
 * How work is run that must not end anything but itself: supervised, on threads of its own or of
 * others, with what cannot go on told by {@link dev.hubkit.work.Health}. Touches nothing else of
 * Hub.
 */
@NullMarked
package dev.hubkit.work;

import org.jspecify.annotations.NullMarked;
