/**
 * Micronaut: tells an application under test where its hub is. Tests that use this package need
 * Micronaut's test framework for JUnit 5 on their class path.
 */
@NullMarked
package dev.hubkit.junit.micronaut;

import org.jspecify.annotations.NullMarked;
