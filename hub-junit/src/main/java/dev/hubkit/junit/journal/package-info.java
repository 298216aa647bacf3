/**
 * What happened in a hub: every operation of its NATS clients and every request to its repository,
 * to be looked through and waited for. Knows nothing of JUnit.
 */
@NullMarked
package dev.hubkit.junit.journal;

import org.jspecify.annotations.NullMarked;
