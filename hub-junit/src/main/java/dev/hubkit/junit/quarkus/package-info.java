/**
 * Quarkus: starts a hub beside an application under test, in place of the dev service for NATS.
 * Tests that use this package need Quarkus's test framework on their class path.
 */
@NullMarked
package dev.hubkit.junit.quarkus;

import org.jspecify.annotations.NullMarked;
