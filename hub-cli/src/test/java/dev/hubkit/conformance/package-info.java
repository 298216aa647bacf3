/**
 * Runs the published tests of the jnats client against Hub's {@code nats-server} command and
 * against a real nats-server, and tells which pass only with the real one.
 */
@NullMarked
package dev.hubkit.conformance;

import org.jspecify.annotations.NullMarked;
