/**
 * Connections of NATS clients: event loops, transports (TCP and in-VM, with filters for TLS and
 * WebSocket), write queues, and the state of one client's connection. Above the foundation, it uses
 * only {@code account}, {@code release}, {@code subject}, {@code tls}, {@code trace} and {@code
 * wire}.
 */
@NullMarked
package dev.hubkit.nats.net;

import org.jspecify.annotations.NullMarked;
