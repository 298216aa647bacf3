/**
 * Replay: the messages of a fixture are published again, in the time of a hub. This package does
 * not depend on JUnit, nor on the NATS client.
 */
@NullMarked
package dev.hubkit.junit.replay;

import org.jspecify.annotations.NullMarked;
