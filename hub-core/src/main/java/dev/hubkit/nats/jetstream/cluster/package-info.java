/**
 * JetStream of several servers of this JVM that are one cluster, for tests: which server has which
 * stream and consumer, agreed upon by the group of all servers ({@link
 * dev.hubkit.nats.jetstream.cluster.JetStreamCluster}), and what each server does about it. Uses
 * {@code stream} and the packages below it, and {@code nats.replication}.
 */
@NullMarked
package dev.hubkit.nats.jetstream.cluster;

import org.jspecify.annotations.NullMarked;
