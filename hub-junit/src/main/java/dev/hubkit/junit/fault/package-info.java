/**
 * Fault injection: tests break connections, messages, disks, whole servers and HTTP responses of
 * their hub, and the faults end with their scope. This package does not depend on JUnit.
 */
@NullMarked
package dev.hubkit.junit.fault;

import org.jspecify.annotations.NullMarked;
