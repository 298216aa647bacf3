package dev.hubkit.nats.net;

import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.ConnectOptions;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What reports say of a client, as it was at one moment. It holds on to nothing that a connection
 * works with, so that those of closed connections can be kept.
 *
 * @param remote its address; null for a client within the JVM
 * @param started when it connected, in nanoseconds since the epoch
 * @param stopped when it was closed, likewise; 0 when it is open
 * @param closeReason why it was closed; null when it is open
 * @param lastActivity when it last sent something, in nanoseconds of the server's monotonic time
 * @param tlsProtocol the version of TLS, such as {@code TLSv1.3}; null without TLS
 * @param user the name it has logged in by; null when it has none
 * @param account the name of its account; null before it has logged in
 * @param proxyKey the key of the trusted proxy that it has come through; null for none
 */
public record ConnectionDetails(
    long id,
    ConnectionType type,
    @Nullable InetSocketAddress remote,
    long started,
    long stopped,
    @Nullable CloseReason closeReason,
    long lastActivity,
    long roundTripNanos,
    long pendingBytes,
    long inMessages,
    long outMessages,
    long inBytes,
    long outBytes,
    @Nullable String name,
    @Nullable String lang,
    @Nullable String version,
    @Nullable String tlsProtocol,
    @Nullable String cipherSuite,
    @Nullable String user,
    @Nullable String account,
    @Nullable String proxyKey,
    Collection<Subscription> subscriptions) {

  /** Returns those of a client as it is now. */
  public static ConnectionDetails of(Connection connection) {
    return of(connection, List.copyOf(connection.subscriptions()));
  }

  /** Returns those of a client that is closed, and has no subscriptions any more. */
  static ConnectionDetails ofClosed(Connection connection) {
    return of(connection, List.of());
  }

  private static ConnectionDetails of(
      Connection connection, Collection<Subscription> subscriptions) {
    Transport transport = connection.transport();
    SSLSession tls = transport.tlsSession();
    ConnectOptions options = connection.options();
    AuthenticatedUser user = connection.user();
    return new ConnectionDetails(
        connection.id(),
        transport.type(),
        transport.remoteAddress(),
        connection.started(),
        connection.stopped(),
        connection.closeReason(),
        connection.lastActivity(),
        connection.roundTripNanos(),
        connection.pendingBytes(),
        connection.inMessages(),
        connection.outMessages(),
        connection.inBytes(),
        connection.outBytes(),
        options.name(),
        options.lang(),
        options.version(),
        tls == null ? null : tls.getProtocol(),
        tls == null ? null : tls.getCipherSuite(),
        user == null ? null : user.name(),
        user == null ? null : user.account().name(),
        connection.proxyKey(),
        subscriptions);
  }

  /** Returns whether it was open. */
  public boolean isOpen() {
    return closeReason == null;
  }
}
