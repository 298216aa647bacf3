/**
 * The journal of a hub, which records every operation of its NATS clients and every request to its
 * repository. Tests search it and wait for entries. This package does not depend on JUnit.
 */
@NullMarked
package dev.hubkit.junit.journal;

import org.jspecify.annotations.NullMarked;
