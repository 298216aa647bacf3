/**
 * What a test can break in its hub: connections, messages, disks, the servers themselves, answers
 * to HTTP requests. Everything is taken back when its scope ends. Knows nothing of JUnit.
 */
@NullMarked
package dev.hubkit.junit.fault;

import org.jspecify.annotations.NullMarked;
