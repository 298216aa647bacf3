package dev.hubkit.nats;

import dev.hubkit.nats.config.ClusterConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.PermissionsConfig;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerLimits;
import dev.hubkit.nats.route.ClientUrls;
import dev.hubkit.nats.route.Cluster;
import dev.hubkit.nats.route.LocalServer;
import dev.hubkit.nats.route.RoutePermissions;
import dev.hubkit.nats.route.RouteSettings;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a server's part in a cluster out of its options. */
final class ClusterFactory {
  // defaultRouteMaxPingInterval of nats-server.
  private static final Duration MOST_BETWEEN_PINGS = Duration.ofSeconds(30);

  private ClusterFactory() {}

  /**
   * Reserves the port for other servers; returns null where the options have none.
   *
   * @throws NatsException if the port can't be listened on, or nats-server would refuse the options
   */
  static @Nullable Cluster prepare(
      NatsOptions options,
      @Nullable WebSocketPort webSocket,
      ServerInfo self,
      String madeUpName,
      TimeSource time,
      LocalServer server) {
    ClusterConfig cluster = options.config().get(Options.CLUSTER);
    if (cluster.port() == 0) {
      return null;
    }
    if (options.storeDir() != null) {
      requireNames(options.serverName(), cluster.name());
    }
    RouteSettings settings = settings(options, cluster);
    ClientUrls urls = urlsOf(options, webSocket, self.port());
    int port = Math.max(0, settings.port());
    ReservedPort held =
        new ListenAddress(settings.host(), port)
            .reserve(cause -> "Error listening on router port: " + port + " - " + cause);
    return Cluster.prepare(settings, self, madeUpName, urls, time, server, held);
  }

  private static ClientUrls urlsOf(
      NatsOptions options, @Nullable WebSocketPort webSocket, int port) {
    try {
      return clientUrls(options, webSocket, port);
    } catch (IOException e) {
      throw new NatsException("Can't tell the addresses of this machine: " + e.getMessage(), e);
    }
  }

  /**
   * Refuses changes of a cluster that a running server can't take over (validateClusterOpts in
   * nats-server's {@code reload.go}).
   *
   * @throws NatsException if there is one
   */
  static void check(NatsOptions before, NatsOptions after) {
    ClusterConfig was = before.config().get(Options.CLUSTER);
    ClusterConfig is = after.config().get(Options.CLUSTER);
    refuseChange("host", was.host(), is.host());
    refuseChange("port", was.port(), is.port());
  }

  private static void refuseChange(String what, Object was, Object is) {
    if (!was.equals(is)) {
      throw new NatsException(
          "config reload not supported for cluster " + what + ": old=" + was + ", new=" + is);
    }
  }

  /** Applies changed options to a cluster. */
  static void change(
      Cluster cluster, NatsOptions options, @Nullable WebSocketPort webSocket, ServerInfo self) {
    RouteSettings settings = settings(options, options.config().get(Options.CLUSTER));
    cluster.change(settings, urlsOf(options, webSocket, self.port()));
  }

  // validateJetStreamOptions of nats-server.
  private static void requireNames(@Nullable String serverName, String clusterName) {
    if (serverName == null) {
      throw new NatsException("jetstream cluster requires `server_name` to be set");
    }
    if (clusterName.isEmpty()) {
      throw new NatsException("jetstream cluster requires `cluster.name` to be set");
    }
  }

  private static RouteSettings settings(NatsOptions options, ClusterConfig cluster) {
    Duration ping =
        cluster.pingIntervalNanos() > 0
            ? Duration.ofNanos(cluster.pingIntervalNanos())
            : options.pingInterval();
    double auth =
        cluster.authTimeoutSeconds() > 0
            ? cluster.authTimeoutSeconds()
            : TlsContext.loginSeconds(cluster.tls());
    return new RouteSettings(
        cluster.name(),
        cluster.host().isEmpty() ? options.host() : cluster.host(),
        cluster.port(),
        cluster.user(),
        cluster.password(),
        cluster.tls(),
        permissions(cluster.permissions()),
        cluster.advertise(),
        cluster.routes(),
        cluster.connectRetries(),
        cluster.connectBackoff(),
        PeerCompression.of(
            cluster.compression().named("s2_fast", "accept"),
            cluster.compression().effectiveThresholds().stream().map(Duration::ofNanos).toList()),
        Duration.ofNanos((long) (auth * 1e9)),
        new PeerLimits(
            ping.compareTo(MOST_BETWEEN_PINGS) > 0 ? MOST_BETWEEN_PINGS : ping,
            cluster.pingMax() > 0 ? cluster.pingMax() : options.maxPingsOut(),
            options.maxPending(),
            cluster.writeDeadlineNanos() > 0
                ? Duration.ofNanos(cluster.writeDeadlineNanos())
                : options.writeDeadline()));
  }

  private static RoutePermissions permissions(@Nullable PermissionsConfig configured) {
    return configured == null
        ? RoutePermissions.ALL
        : new RoutePermissions(
            configured.publishAllow(),
            configured.publishDeny(),
            configured.subscribeAllow(),
            configured.subscribeDeny());
  }

  private static ClientUrls clientUrls(
      NatsOptions options, @Nullable WebSocketPort webSocket, int port) throws IOException {
    ServerConfig config = options.config();
    if (config.get(Options.CLUSTER).noAdvertise()) {
      return ClientUrls.NONE;
    }
    return new ClientUrls(
        urls(config.get(Options.CLIENT_ADVERTISE), options.host(), port),
        webSocket == null
            ? List.of()
            : urls(webSocket.advertise(), webSocket.host(), webSocket.port()));
  }

  /** Returns where clients connect to: what is advertised, else each address that is bound. */
  private static List<String> urls(String advertised, String host, int port)
      throws UnknownHostException, SocketException {
    if (!advertised.isEmpty()) {
      return List.of(HostPort.advertised(advertised, port));
    }
    if (!InetAddress.getByName(host).isAnyLocalAddress()) {
      return List.of(new HostPort(host, port).toString());
    }
    List<String> urls = new ArrayList<>();
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      each.inetAddresses()
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .map(HostPort::text)
          .forEach(address -> urls.add(new HostPort(address, port).toString()));
    }
    return urls;
  }
}
