/** The clock of a hub, which tests freeze and advance. */
@NullMarked
package dev.hubkit.junit.time;

import org.jspecify.annotations.NullMarked;
