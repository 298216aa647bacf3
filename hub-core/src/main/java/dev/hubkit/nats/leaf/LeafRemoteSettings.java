package dev.hubkit.nats.leaf;

import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.tls.TlsContext;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A hub to connect to as a leaf node.
 *
 * @param account the name of the account here
 * @param urls where the hub is, each with a port, and with the user where there is one
 * @param randomize whether the order in which they are tried is random
 * @param credentials the file with a user's token and seed; empty for none
 * @param seed the seed of an NKey; empty for none
 * @param tls what secures the connection; null where only the hub may ask for it
 * @param hub whether this server acts as the hub of the two
 * @param denyImports subjects that are not to come from there
 * @param denyExports subjects that are not to go there
 * @param compression how what the hub is sent is compressed
 * @param firstInfoTimeout how long the hub may take to send its INFO
 * @param dialTimeout how long connecting may take
 * @param reconnect how long to wait before the hub is connected to again
 * @param disabled whether it is left alone
 * @param ignoreDiscovered whether only these URLs are tried, not those that the hub tells
 * @param isolate whether the hub is not told what other leaf nodes subscribe to
 * @param requestIsolation whether the hub is asked not to tell what other leaf nodes subscribe to
 * @param webSocketCompression whether WebSocket compresses, where a URL is one of it
 * @param webSocketMasking whether WebSocket masks what is sent, even where the hub does not want it
 * @param proxy what the hub is reached through; null for nothing
 */
public record LeafRemoteSettings(
    String account,
    List<URI> urls,
    boolean randomize,
    String credentials,
    String seed,
    @Nullable TlsContext tls,
    boolean hub,
    List<String> denyImports,
    List<String> denyExports,
    PeerCompression compression,
    Duration firstInfoTimeout,
    Duration dialTimeout,
    Duration reconnect,
    boolean disabled,
    boolean ignoreDiscovered,
    boolean isolate,
    boolean requestIsolation,
    boolean webSocketCompression,
    boolean webSocketMasking,
    @Nullable LeafProxy proxy) {
  public LeafRemoteSettings {
    urls = List.copyOf(urls);
    denyImports = List.copyOf(denyImports);
    denyExports = List.copyOf(denyExports);
  }

  /** Returns whether the other settings are these, but for what a connection can change. */
  boolean isSameConnection(LeafRemoteSettings other) {
    return equals(other.with(compression));
  }

  private LeafRemoteSettings with(PeerCompression another) {
    return new LeafRemoteSettings(
        account,
        urls,
        randomize,
        credentials,
        seed,
        tls,
        hub,
        denyImports,
        denyExports,
        another,
        firstInfoTimeout,
        dialTimeout,
        reconnect,
        disabled,
        ignoreDiscovered,
        isolate,
        requestIsolation,
        webSocketCompression,
        webSocketMasking,
        proxy);
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "remote for account " + account;
  }
}
