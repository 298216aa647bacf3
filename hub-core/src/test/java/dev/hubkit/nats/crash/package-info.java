/** What is left after a server was killed, against what it had acknowledged. */
package dev.hubkit.nats.crash;
