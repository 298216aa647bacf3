package dev.hubkit.nats.net;

import java.time.Duration;

/**
 * The limits of a server for each of its clients. Immutable.
 *
 * @param maxPayload bytes of a payload with its headers
 * @param maxControlLine bytes of arguments on a protocol line
 * @param maxPending bytes that may wait for a client
 * @param maxConnections clients at once; 0 or less for no limit
 * @param maxSubscriptions subscriptions of one client; 0 or less for no limit
 * @param maxSubscriptionTokens tokens of a subject that is subscribed to; 0 for no limit
 * @param pingInterval how often a silent client is pinged
 * @param webSocketPingInterval how often one is pinged that came over WebSocket
 * @param maxPingsOut unanswered pings after which the next closes the connection instead
 * @param authTimeout how long a client that must log in may take
 * @param writeDeadline how long it may take a client to accept what waits for it
 * @param keepsSlowClients whether a client stays that accepts only part of that in time
 * @param stallsPublishers whether publishers wait for a client that is behind, rather than that it
 *     misses what they publish
 * @param maxClosedClients how many clients that have left are remembered
 */
public record Limits(
    int maxPayload,
    int maxControlLine,
    long maxPending,
    int maxConnections,
    int maxSubscriptions,
    int maxSubscriptionTokens,
    Duration pingInterval,
    Duration webSocketPingInterval,
    int maxPingsOut,
    Duration authTimeout,
    Duration writeDeadline,
    boolean keepsSlowClients,
    boolean stallsPublishers,
    int maxClosedClients) {}
