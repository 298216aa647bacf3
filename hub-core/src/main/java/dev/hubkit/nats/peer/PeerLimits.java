package dev.hubkit.nats.peer;

import java.time.Duration;

/**
 * How long another server may be silent or slow.
 *
 * @param pingInterval how often it is pinged
 * @param maxPingsOut unanswered pings after which the next closes the connection instead
 * @param maxPending bytes that may wait for it
 * @param writeDeadline how long it may accept nothing of what waits for it
 */
public record PeerLimits(
    Duration pingInterval, int maxPingsOut, long maxPending, Duration writeDeadline) {}
