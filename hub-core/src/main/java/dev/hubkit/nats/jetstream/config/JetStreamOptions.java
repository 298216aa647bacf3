package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.release.Compatibility;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options of JetStream in one server, the same for all its accounts.
 *
 * @param serverName the name of the server in responses and advisories
 * @param serverId its id
 * @param storeDirectory the directory of the streams in files, which are below {@code
 *     jetstream/<account>/streams}
 * @param domain the JetStream domain; empty for none
 * @param maxMemory bytes that streams in memory may take in all accounts; negative for three
 *     quarters of the machine's memory, or a third of the heap where that is less
 * @param maxStorage bytes that streams in files may take in all accounts; negative for three
 *     quarters of what is free on the disk at the start
 * @param limits the limits of the account by tier; the tier of an account without tiers is the
 *     empty name
 * @param syncAlways whether every write is made safe against loss of power before it is
 *     acknowledged
 * @param syncInterval how often writes are made safe against loss of power otherwise
 * @param strict whether to refuse requests with unknown fields, as nats-server does by default
 * @param serverLimits limits that no account can exceed
 * @param scopedSubjects which subjects name the domain and the account
 * @param acceptReplicas whether to take streams and consumers of several replicas, of which this
 *     server keeps one
 * @param compatibility the releases of nats-server to behave like
 * @param encryption how files are encrypted; null when they are not
 * @param observer is told of stored and removed messages; null for none
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
    JetStreamLimits serverLimits,
    ScopedSubjects scopedSubjects,
    boolean acceptReplicas,
    Compatibility compatibility,
    @Nullable EncryptionOptions encryption,
    @Nullable StreamObserver observer) {

  /** Returns a copy with other limits of the account. */
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
        serverLimits,
        scopedSubjects,
        acceptReplicas,
        compatibility,
        encryption,
        observer);
  }
}
