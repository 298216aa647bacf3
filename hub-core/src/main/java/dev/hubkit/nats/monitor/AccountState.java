package dev.hubkit.nats.monitor;

import dev.hubkit.nats.credential.AccountClaims;

/**
 * An account of operator mode at one moment. Immutable.
 *
 * @param claims what it is set up by
 * @param expired whether their time is over
 * @param complete whether all that they ask for has been set up
 */
public record AccountState(AccountClaims claims, boolean expired, boolean complete) {}
