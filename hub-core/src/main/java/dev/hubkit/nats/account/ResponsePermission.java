package dev.hubkit.nats.account;

/**
 * The permission of a client to publish to the reply subjects of messages it has received.
 *
 * @param maxMessages how many messages; negative for any number
 * @param expiresNanos for how long after the request was delivered; 0 or less for ever
 */
public record ResponsePermission(int maxMessages, long expiresNanos) {}
