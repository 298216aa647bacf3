package dev.hubkit.nats.security;

import dev.hubkit.nats.credential.NKeyPair;

/** What a server signs with, whose public key is its id, and how it names itself. */
public record ServerKey(NKeyPair key, String name, String host, String version) {}
