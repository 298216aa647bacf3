/**
 * How work runs whose failure must end nothing but itself: supervised, on threads of its own or of
 * others. {@link dev.hubkit.work.Health} reports what cannot go on. Of Hub, it uses only {@code
 * log}.
 */
@NullMarked
package dev.hubkit.work;

import org.jspecify.annotations.NullMarked;
