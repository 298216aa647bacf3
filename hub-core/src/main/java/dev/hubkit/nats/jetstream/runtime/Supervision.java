package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;

/**
 * What becomes of failures in the JetStream of a server.
 *
 * @param supervisor runs the work of executors, changes and requests
 * @param health hears of streams and consumers that can't go on
 */
public record Supervision(Supervisor supervisor, Health health) {}
