package dev.hubkit.nats.net;

import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.wire.ConnectOptions;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What reports say of a client, as it was at one moment. It holds on to nothing that a connection
 * works with, so that those of closed connections can be kept.
 *
 * @param kind what it is, in the words of nats-server: {@code Client} or {@code Leafnode}
 * @param type how a client is connected, {@code nats} or {@code websocket}; empty for no client
 * @param remote its address; null for a client within the JVM
 * @param started when it connected, in nanoseconds since the epoch
 * @param stopped when it was closed, likewise; 0 when it is open
 * @param closeReason why it was closed; null when it is open
 * @param lastActivity when it last sent something, in nanoseconds of the server's monotonic time
 * @param tlsProtocol the version of TLS, such as {@code TLSv1.3}; null without TLS
 * @param user the name it has logged in by; null when it has none
 * @param account the name of its account; null before it has logged in
 * @param accountTag how its account is called for display; null before it has logged in
 * @param issuer the key that has signed its token, or its account; empty for nothing
 * @param jwt its token; null for none, and for that of a bearer, which is as good as a password
 * @param tags those of its token
 * @param nameTag how its token calls it; empty for nothing
 * @param tlsFirst whether TLS began before INFO
 * @param proxyKey the key of the trusted proxy that it has come through; null for none
 * @param peers the certificates it has identified itself with; none of a closed client
 * @param stalls how often a publisher had to wait for it
 * @param subscriptionCount how many subscriptions it has, or had when it was closed
 * @param subscriptions these, or the first of them where a closed client had many
 */
public record ConnectionDetails(
    long id,
    String kind,
    String type,
    @Nullable InetSocketAddress remote,
    long started,
    long stopped,
    @Nullable String closeReason,
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
    @Nullable String accountTag,
    String issuer,
    @Nullable String jwt,
    List<String> tags,
    String nameTag,
    boolean tlsFirst,
    @Nullable String proxyKey,
    List<X509Certificate> peers,
    long stalls,
    int subscriptionCount,
    List<SubscriptionDetails> subscriptions) {

  /** Returns those of a client as it is now. */
  public static ConnectionDetails of(AuthenticatedPeer connection) {
    List<SubscriptionDetails> subscriptions =
        connection.subscriptions().stream().map(SubscriptionDetails::of).toList();
    return of(connection, peersOf(connection), subscriptions.size(), subscriptions);
  }

  /** Returns those of a client that is closed, with the subscriptions that it had. */
  public static ConnectionDetails ofClosed(
      AuthenticatedPeer connection,
      int subscriptionCount,
      List<SubscriptionDetails> subscriptions) {
    return of(connection, List.of(), subscriptionCount, subscriptions);
  }

  private static List<X509Certificate> peersOf(AuthenticatedPeer connection) {
    SSLSession tls = connection.tlsSession();
    if (tls == null) {
      return List.of();
    }
    try {
      return Stream.of(tls.getPeerCertificates())
          .filter(X509Certificate.class::isInstance)
          .map(X509Certificate.class::cast)
          .toList();
    } catch (SSLPeerUnverifiedException e) {
      // It has shown none.
      return List.of();
    }
  }

  private static ConnectionDetails of(
      AuthenticatedPeer connection,
      List<X509Certificate> peers,
      int subscriptionCount,
      List<SubscriptionDetails> subscriptions) {
    SSLSession tls = connection.tlsSession();
    ConnectOptions options = connection.options();
    AuthenticatedUser user = connection.user();
    return new ConnectionDetails(
        connection.id(),
        connection.kind(),
        new ClientDescription(connection).type(),
        connection.remoteAddress(),
        connection.started(),
        connection.stopped(),
        connection.closedBecause(),
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
        new ClientDescription(connection).userName(),
        user == null ? null : user.account().name(),
        user == null ? null : user.account().nameTag(),
        user == null ? "" : user.origin().issuer(),
        user == null || user.origin().bearer() ? null : options.jwt(),
        user == null ? List.of() : user.origin().tags(),
        user == null ? "" : user.origin().nameTag(),
        connection.isTlsFirst(),
        connection.proxyKey(),
        peers,
        connection.stalls(),
        subscriptionCount,
        subscriptions);
  }

  /** Returns whether it was open. */
  public boolean isOpen() {
    return closeReason == null;
  }
}
