package dev.hubkit.nats.net;

import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.work.Supervisor;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** The other side of a connection that logs in: a client, or a leaf node. Thread-safe. */
public interface LoginPeer extends Supervisor.FailureHandler {
  /** Returns the id of the connection, unique in the server. */
  long id();

  /** Returns what it is, in the words of nats-server: {@code Client} or {@code Leafnode}. */
  String kind();

  /** Returns how it is connected, which a user's permissions can depend on. */
  ConnectionType connectionType();

  /** Returns its address; null when there is none, within the JVM. */
  @Nullable InetSocketAddress remoteAddress();

  /** Returns the TLS session, with its certificates; null without TLS. */
  @Nullable SSLSession tlsSession();

  /** Returns the nonce it was to sign; null for none. */
  @Nullable String nonce();

  /** Returns the key of the trusted proxy that it has come through; null for none. */
  @Nullable String proxyKey();

  /** Notes which trusted proxy has signed the nonce; null for none. Called by authenticators. */
  void proxyKey(@Nullable String key);

  boolean isOpen();
}
