/**
 * Connections to other servers, of whatever kind: the port they connect to, the threads that read
 * and write, their operations as lines of words, pings, and the bytes on their way. Routes and leaf
 * nodes are built on these. Above the foundation, it uses only {@code snappy}, {@code tls} and
 * {@code wire}.
 */
@NullMarked
package dev.hubkit.nats.peer;

import org.jspecify.annotations.NullMarked;
