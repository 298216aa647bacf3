package dev.hubkit.nats.config;

import java.util.List;

/**
 * A service that decides who may connect (ADR-26).
 *
 * @param issuer account key that signs its answers
 * @param account the account it listens in
 * @param authUsers the users it connects as itself, which are not asked about
 * @param xkey its curve key, when requests are to be encrypted; else empty
 * @param allowedAccounts accounts it may place users in; empty for all
 */
public record AuthCalloutConfig(
    String issuer,
    String account,
    List<String> authUsers,
    String xkey,
    List<String> allowedAccounts) {}
