package dev.hubkit.nats.config;

import dev.hubkit.nats.tls.TlsContext;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One of the {@code remotes} of the {@code leafnodes} block: a hub to connect to as a leaf node.
 *
 * @param account the account here that it is for; empty for the global one
 * @param urls where the hub is, in the order of the file
 * @param randomize whether the order in which they are tried is random
 * @param credentials the file with a user's token and seed; empty for none
 * @param seed the seed of an NKey; empty for none
 * @param hub whether this server acts as the hub of the two
 * @param denyImports subjects that are not to come from there
 * @param denyExports subjects that are not to go there
 * @param firstInfoTimeoutNanos how long the hub may take to send its INFO; 0 for the default
 * @param dialTimeoutNanos how long connecting may take; 0 for that of the block
 * @param disabled whether it is left alone
 * @param ignoreDiscovered whether only the URLs of the file are tried
 * @param isolate whether the hub is not told what other leaf nodes subscribe to
 * @param requestIsolation whether the hub is asked not to tell what other leaf nodes subscribe to
 * @param webSocketCompression whether WebSocket compresses, where the hub's URL is one of it
 * @param webSocketMasking whether WebSocket masks what is sent, even where the hub does not want it
 * @param proxy what the hub is reached through; null for nothing
 */
@SuppressWarnings("exports")
public record LeafRemoteConfig(
    String account,
    List<URI> urls,
    boolean randomize,
    String credentials,
    String seed,
    @Nullable TlsContext tls,
    boolean hub,
    List<String> denyImports,
    List<String> denyExports,
    CompressionConfig compression,
    long firstInfoTimeoutNanos,
    long dialTimeoutNanos,
    boolean disabled,
    boolean ignoreDiscovered,
    boolean isolate,
    boolean requestIsolation,
    boolean webSocketCompression,
    boolean webSocketMasking,
    @Nullable LeafProxyConfig proxy) {
  public LeafRemoteConfig {
    urls = List.copyOf(urls);
    denyImports = List.copyOf(denyImports);
    denyExports = List.copyOf(denyExports);
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "remote for account " + account;
  }
}
