/** The examples for tests with JUnit 4, with jnats-server-runner, and without any of them. */
package dev.hubkit.examples.withoutjunit5;
