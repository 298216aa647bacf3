package dev.hubkit.nats.jetstream.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * How JetStream works in one server, the same for all its accounts.
 *
 * @param serverName the name the server goes by in responses and advisories
 * @param serverId its id
 * @param storeDirectory what holds the streams in files; they are below {@code
 *     jetstream/<account>/streams}
 * @param domain the JetStream domain; empty for none
 * @param maxMemory bytes that streams in memory may take in all accounts; negative for three
 *     quarters of the machine's memory, or a third of the heap where that is less
 * @param maxStorage bytes that streams in files may take in all accounts; negative for three
 *     quarters of what is free on the disk at the start
 * @param limits the limits of the account by tier; the tier of an account without tiers is the
 *     empty name
 * @param syncAlways make every write safe against loss of power before it is acknowledged
 * @param syncInterval how often writes are made safe against loss of power otherwise
 * @param strict refuse requests with fields nobody knows, as nats-server does unless told otherwise
 * @param serverLimits limits that no account can go beyond
 */
public record JetStreamOptions(
    String serverName,
    String serverId,
    Path storeDirectory,
    String domain,
    long maxMemory,
    long maxStorage,
    Map<String, AccountLimits> limits,
    boolean syncAlways,
    Duration syncInterval,
    boolean strict,
    JetStreamLimits serverLimits) {

  /** Without domain and limits, synced every two minutes. */
  public static JetStreamOptions in(Path storeDirectory, String serverName, String serverId) {
    return new JetStreamOptions(
        serverName,
        serverId,
        storeDirectory,
        "",
        -1,
        -1,
        Map.of("", AccountLimits.NONE),
        false,
        Duration.ofMinutes(2),
        true,
        JetStreamLimits.DEFAULT);
  }

  /** A copy with other limits of the account. */
  public JetStreamOptions withLimits(Map<String, AccountLimits> other) {
    return new JetStreamOptions(
        serverName,
        serverId,
        storeDirectory,
        domain,
        maxMemory,
        maxStorage,
        Map.copyOf(other),
        syncAlways,
        syncInterval,
        strict,
        serverLimits);
  }

  /** A copy with another domain. */
  public JetStreamOptions withDomain(String other) {
    return new JetStreamOptions(
        serverName,
        serverId,
        storeDirectory,
        other,
        maxMemory,
        maxStorage,
        limits,
        syncAlways,
        syncInterval,
        strict,
        serverLimits);
  }

  /** A copy that makes every write safe against loss of power before it is acknowledged. */
  JetStreamOptions withSync(boolean always, Duration interval) {
    return new JetStreamOptions(
        serverName,
        serverId,
        storeDirectory,
        domain,
        maxMemory,
        maxStorage,
        limits,
        always,
        interval,
        strict,
        serverLimits);
  }
}
