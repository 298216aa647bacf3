package dev.hubkit.nats.account;

/**
 * That a client may publish to the reply subject of a message it was sent.
 *
 * @param maxMessages how many messages; negative for any number
 * @param expiresNanos for how long after the request was delivered; 0 or less for ever
 */
public record ResponsePermission(int maxMessages, long expiresNanos) {}
