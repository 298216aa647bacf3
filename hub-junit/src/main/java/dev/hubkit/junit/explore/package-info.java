/**
 * Exploration: a test runs many times, each time under other adversity that the protocol allows,
 * chosen by a seed; of a run that fails, the smallest set of adversities is found and shown. Builds
 * on the faults and the clock of the hub.
 */
@NullMarked
package dev.hubkit.junit.explore;

import org.jspecify.annotations.NullMarked;
