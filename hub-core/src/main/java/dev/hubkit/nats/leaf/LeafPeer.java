package dev.hubkit.nats.leaf;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.peer.AgreedCompression;
import dev.hubkit.nats.peer.PeerHeartbeat;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.TimeSource;
import java.net.InetSocketAddress;
import java.util.List;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What reports and events tell of a leaf node connection, and what decides who it is asks of it.
 * Thread-safe.
 */
abstract class LeafPeer implements AuthenticatedPeer {
  /** What comes and goes. */
  record Traffic(LeafReceiver receiver, PeerOutput output, PeerHeartbeat heartbeat) {}

  final long id;
  private final String nonce;
  private final TimeSource time;
  private final long started;
  private final long startedNanos;
  private volatile @Nullable String proxyKey;

  LeafPeer(long id, String nonce, TimeSource time) {
    this.id = id;
    this.nonce = nonce;
    this.time = time;
    this.started = time.epochNanos();
    this.startedNanos = time.nanoTime();
  }

  abstract LeafContext context();

  abstract LeafWire wire();

  abstract LeafIdentity identity();

  abstract LeafSubscriber subscriber();

  abstract Traffic traffic();

  abstract AgreedCompression compression();

  /** Returns whether this server has connected to the other. */
  public abstract boolean isSolicited();

  /** Returns whether WebSocket compresses what is sent, so that nothing else does. */
  boolean compressesFrames() {
    return wire().compressesFrames();
  }

  /** Returns whether it goes through WebSocket. */
  public boolean isWebSocket() {
    return wire().isWebSocket();
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public String kind() {
    return "Leafnode";
  }

  @Override
  public ConnectionType connectionType() {
    return wire().isWebSocket() ? ConnectionType.LEAFNODE_WS : ConnectionType.LEAFNODE;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return wire().remoteAddress();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return wire().tlsSession();
  }

  @Override
  public String nonce() {
    return nonce;
  }

  @Override
  public @Nullable String proxyKey() {
    return proxyKey;
  }

  @Override
  public void proxyKey(@Nullable String key) {
    proxyKey = key;
  }

  @Override
  public ConnectOptions options() {
    return identity().options();
  }

  @Override
  public @Nullable AuthenticatedUser user() {
    return identity().user();
  }

  @Override
  public void change(AuthenticatedUser changed) {
    identity().change(changed);
  }

  @Override
  public ServerInfo server() {
    return context().server().info();
  }

  @Override
  public long lastActivity() {
    return time.nanoTime() - traffic().heartbeat().idleNanos();
  }

  @Override
  public long pendingBytes() {
    return traffic().output().pending();
  }

  // Nobody waits for a leaf node: what it does not take in time closes it.
  @Override
  public long stalls() {
    return 0;
  }

  @Override
  public boolean isTlsFirst() {
    TlsContext tls = context().settings().get().tls();
    return !isSolicited() && tls != null && tls.settings().handshakeFirst();
  }

  /** Returns the account here; null before the other side has introduced itself. */
  public @Nullable Account account() {
    LeafBinding known = subscriber().binding();
    return known == null ? null : known.account();
  }

  /** Returns the name of the other server; empty before it is known. */
  public String remoteName() {
    LeafBinding known = subscriber().binding();
    return known == null ? "" : known.remoteName();
  }

  /** Returns whether this server is the leaf node of the two. */
  public boolean isSpoke() {
    LeafBinding known = subscriber().binding();
    return known != null && known.isSpoke();
  }

  /** Returns whether the other side is not told what other leaf nodes subscribe to. */
  public boolean isIsolated() {
    LeafBinding known = subscriber().binding();
    return known != null && known.isolated();
  }

  @Override
  public long started() {
    return started;
  }

  /** Returns how long it has been connected, in nanoseconds. */
  public long uptimeNanos() {
    return time.nanoTime() - startedNanos;
  }

  @Override
  public long roundTripNanos() {
    return traffic().heartbeat().roundTripNanos();
  }

  /** Returns how what the other side is sent is compressed, by nats-server's names. */
  public String compressionMode() {
    return compression().text();
  }

  @Override
  public long inMessages() {
    return traffic().receiver().messages();
  }

  @Override
  public long inBytes() {
    return traffic().receiver().bytes();
  }

  @Override
  public long outMessages() {
    return traffic().output().messages();
  }

  @Override
  public long outBytes() {
    return traffic().output().messageBytes();
  }

  @Override
  public List<Subscription> subscriptions() {
    return subscriber().subscriptions();
  }

  @Override
  public String toString() {
    return wire().label(id);
  }
}
