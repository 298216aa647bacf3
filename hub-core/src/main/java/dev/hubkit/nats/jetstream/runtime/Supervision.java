package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;

/**
 * Handles failures in the JetStream of a server.
 *
 * @param supervisor runs the tasks of executors, the changes of streams and the requests
 * @param health is told of streams and consumers that have failed
 */
public record Supervision(Supervisor supervisor, Health health) {}
