package dev.hubkit.nats.account;

/**
 * A subscriber that gets every message of the queue groups it is in, as long as it is in them: the
 * other members of this server get none. A stub takes the place of a running service that way.
 */
public interface PreferredSubscriber extends Subscriber {}
