/**
 * Assertions about a hub, in the manner of AssertJ, which has to be on the class path of tests that
 * use them.
 */
@NullMarked
package dev.hubkit.junit.assertj;

import org.jspecify.annotations.NullMarked;
