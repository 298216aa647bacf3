/** Compares what is left after a server was killed with what it had acknowledged. */
package dev.hubkit.nats.crash;
