/** Tests of histories. */
@NullMarked
package dev.hubkit.junit.history;

import org.jspecify.annotations.NullMarked;
