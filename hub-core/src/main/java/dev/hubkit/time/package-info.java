/**
 * The one source of time. Every clock reading and every timer of both servers comes from a {@link
 * dev.hubkit.time.TimeSource}, so that a test can drive them. Of Hub, it uses only {@code log} and
 * {@code work}.
 */
@NullMarked
package dev.hubkit.time;

import org.jspecify.annotations.NullMarked;
