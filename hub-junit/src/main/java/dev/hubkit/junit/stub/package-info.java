/**
 * Stubs for services: what answers requests in the place of a service that a test does without, and
 * checks on what was asked. Of the toolkit, it uses only {@code journal} and {@code message}. This
 * package does not depend on JUnit.
 */
@NullMarked
package dev.hubkit.junit.stub;

import org.jspecify.annotations.NullMarked;
