package dev.hubkit.nats.security;

import dev.hubkit.nats.credential.CurveKeyPair;
import dev.hubkit.nats.credential.NKeyPair;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a server signs with, whose public key is its id, what it encrypts with, and how it names
 * itself.
 *
 * @param cluster tells the name of its cluster; empty for none
 */
public record ServerKey(
    NKeyPair key,
    Supplier<CurveKeyPair> curve,
    String name,
    String host,
    String version,
    Supplier<String> cluster,
    List<String> tags) {}
