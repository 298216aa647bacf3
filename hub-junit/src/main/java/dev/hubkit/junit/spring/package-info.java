/**
 * Spring: tells an application under test where its hub is. Tests that use this package need
 * Spring's test framework on their class path; with Spring Boot, 3 or 4, the application also gets
 * service connections.
 */
@NullMarked
package dev.hubkit.junit.spring;

import org.jspecify.annotations.NullMarked;
