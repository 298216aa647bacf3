/**
 * The classes of io.nats:jnats-server-runner, by name and shape, over a server in this JVM: tests
 * that use those move over by a change of imports. Needs neither JUnit nor a nats-server.
 */
@NullMarked
package dev.hubkit.junit.runner;

import org.jspecify.annotations.NullMarked;
