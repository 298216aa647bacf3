/** Compares what clients see of a cluster in this JVM with what they see of three nats-servers. */
package dev.hubkit.nats.cluster;
