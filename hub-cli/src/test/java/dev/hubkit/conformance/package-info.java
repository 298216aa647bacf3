/**
 * Runs the published tests of the jnats client against Hub's {@code nats-server} command and
 * against a real nats-server, and reports which tests pass only with the real one.
 */
@NullMarked
package dev.hubkit.conformance;

import org.jspecify.annotations.NullMarked;
