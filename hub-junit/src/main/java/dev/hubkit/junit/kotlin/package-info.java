/**
 * Kotlin: short words for what tests do with a hub, and suspending functions for tests with
 * coroutines. Tests that use this package need Kotlin's library on their class path, and
 * kotlinx-coroutines for what suspends.
 */
@NullMarked
package dev.hubkit.junit.kotlin;

import org.jspecify.annotations.NullMarked;
