/** The time of a hub, as a test drives it. */
@NullMarked
package dev.hubkit.junit.time;

import org.jspecify.annotations.NullMarked;
