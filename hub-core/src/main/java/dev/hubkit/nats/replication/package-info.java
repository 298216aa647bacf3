/**
 * Replication of a log among the servers of a cluster that lives in one JVM: who leads, what a
 * majority has, what a replica that was away gets. It knows neither networks nor streams: a {@link
 * Replica} is told of messages and of whom it hears, and tells its {@link ReplicaHost} what to send
 * and what to apply, so it does the same again when it is told the same again. Uses {@code time}
 * alone.
 */
@NullMarked
package dev.hubkit.nats.replication;

import org.jspecify.annotations.NullMarked;
