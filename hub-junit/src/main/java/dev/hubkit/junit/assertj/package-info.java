/** AssertJ assertions about a hub. Tests that use them need AssertJ on their class path. */
@NullMarked
package dev.hubkit.junit.assertj;

import org.jspecify.annotations.NullMarked;
