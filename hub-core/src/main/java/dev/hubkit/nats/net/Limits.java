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
 * @param maxPingsOut unanswered pings after which the next closes the connection instead
 * @param authTimeout how long a client that must log in may take
 * @param writeDeadline how long a client may accept nothing of what waits for it
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
    int maxPingsOut,
    Duration authTimeout,
    Duration writeDeadline,
    int maxClosedClients) {}
