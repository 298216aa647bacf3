package dev.hubkit.nats;

import dev.hubkit.nats.config.CompressionConfig;
import dev.hubkit.nats.config.LeafNodesConfig;
import dev.hubkit.nats.config.LeafProxyConfig;
import dev.hubkit.nats.config.LeafRemoteConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.nats.leaf.LeafNodes;
import dev.hubkit.nats.leaf.LeafProxy;
import dev.hubkit.nats.leaf.LeafRemoteSettings;
import dev.hubkit.nats.leaf.LeafServer;
import dev.hubkit.nats.leaf.LeafSettings;
import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerLimits;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes a server's leaf node connections out of its options. */
final class LeafNodesFactory {
  // DEFAULT_LEAFNODE_PORT, DEFAULT_LEAFNODE_INFO_WAIT, DEFAULT_ROUTE_DIAL and
  // DEFAULT_LEAF_NODE_RECONNECT of nats-server.
  private static final int DEFAULT_PORT = 7422;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final Duration FIRST_INFO = Duration.ofSeconds(1);
  private static final Duration DIAL = Duration.ofSeconds(1);
  private static final Duration RECONNECT = Duration.ofSeconds(1);

  private LeafNodesFactory() {}

  /**
   * Reserves the port for leaf nodes, where the options have one.
   *
   * @throws NatsException if the port can't be listened on
   */
  static LeafNodes prepare(NatsOptions options, TimeSource time, LeafServer server) {
    LeafNodesConfig config = options.config().get(Options.LEAFNODES);
    LeafSettings settings = settings(options, config);
    @Nullable ReservedPort held = null;
    if (config.port() != 0) {
      int port = Math.max(0, config.port());
      held =
          new ListenAddress(settings.host(), port)
              .reserve(cause -> "Error listening on leafnode port: " + port + " - " + cause);
    }
    return LeafNodes.prepare(settings, server, time, held);
  }

  /**
   * Refuses changes that a running server can't take over.
   *
   * @throws NatsException if there is one
   */
  static void check(NatsOptions before, NatsOptions after) {
    LeafNodesConfig was = before.config().get(Options.LEAFNODES);
    LeafNodesConfig is = after.config().get(Options.LEAFNODES);
    refuseChange("Host", host(was), host(is));
    refuseChange("Port", was.port(), is.port());
  }

  // As nats-server fills it in.
  private static String host(LeafNodesConfig config) {
    return config.port() != 0 && config.host().isEmpty() ? "0.0.0.0" : config.host();
  }

  private static void refuseChange(String field, Object was, Object is) {
    if (!was.equals(is)) {
      throw new NatsException(
          "config reload not supported for LeafNode: field \""
              + field
              + "\": old="
              + was
              + ", new="
              + is);
    }
  }

  /** Applies changed options. */
  static void change(LeafNodes leafNodes, NatsOptions options) {
    leafNodes.change(settings(options, options.config().get(Options.LEAFNODES)));
  }

  private static LeafSettings settings(NatsOptions options, LeafNodesConfig config) {
    double auth =
        config.authTimeoutSeconds() > 0
            ? config.authTimeoutSeconds()
            : TlsContext.loginSeconds(config.tls());
    Duration ping = either(config.pingIntervalNanos(), options.pingInterval());
    long ofWebSocket =
        options.config().get(Options.WEBSOCKET).map(WebSocketConfig::pingIntervalNanos).orElse(0L);
    String host = config.host().isEmpty() ? options.host() : config.host();
    return new LeafSettings(
        host,
        config.advertise().isEmpty() ? reachable(host) : config.advertise(),
        config.noAdvertise(),
        config.tls(),
        config.minVersion(),
        compression(config.compression()),
        config.isolate(),
        Duration.ofNanos((long) (auth * 1e9)),
        limits(options, config, ping),
        limits(options, config, either(ofWebSocket, ping)),
        config.remotes().stream().map(remote -> remote(config, remote)).toList());
  }

  private static PeerLimits limits(NatsOptions options, LeafNodesConfig config, Duration ping) {
    return new PeerLimits(
        ping,
        config.pingMax() > 0 ? config.pingMax() : options.maxPingsOut(),
        options.maxPending(),
        either(config.writeDeadlineNanos(), options.writeDeadline()));
  }

  // Where a server listens on all addresses, others are told one of them; empty where the host says
  // it (setLeafNodeInfoHostPortAndIP in nats-server's leafnode.go).
  private static String reachable(String host) {
    try {
      if (!InetAddress.getByName(host).isAnyLocalAddress()) {
        return "";
      }
      String found =
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .filter(each -> !each.isLoopbackAddress() && !each.isLinkLocalAddress())
              .map(HostPort::text)
              .findFirst()
              .orElse("");
      return found.indexOf(':') >= 0 ? "[" + found + "]" : found;
    } catch (IOException e) {
      throw new NatsException("Can't tell the addresses of this machine: " + e.getMessage(), e);
    }
  }

  private static LeafRemoteSettings remote(LeafNodesConfig block, LeafRemoteConfig remote) {
    return new LeafRemoteSettings(
        remote.account().isEmpty() ? NatsServer.GLOBAL_ACCOUNT : remote.account(),
        remote.urls().stream().map(LeafNodesFactory::withPort).toList(),
        remote.randomize(),
        remote.credentials(),
        remote.seed(),
        remote.tls(),
        remote.hub(),
        remote.denyImports(),
        remote.denyExports(),
        compression(remote.compression()),
        either(remote.firstInfoTimeoutNanos(), FIRST_INFO),
        either(remote.dialTimeoutNanos(), either(block.dialTimeoutNanos(), DIAL)),
        either(block.reconnectNanos(), RECONNECT),
        remote.disabled(),
        remote.ignoreDiscovered(),
        remote.isolate(),
        remote.requestIsolation(),
        remote.webSocketCompression(),
        remote.webSocketMasking(),
        proxy(remote, either(remote.dialTimeoutNanos(), either(block.dialTimeoutNanos(), DIAL))));
  }

  private static @Nullable LeafProxy proxy(LeafRemoteConfig remote, Duration dial) {
    LeafProxyConfig proxy = remote.proxy();
    if (proxy == null) {
      return null;
    }
    URI url = proxy.url();
    boolean secured = "https".equals(url.getScheme());
    return new LeafProxy(
        url.getHost(),
        url.getPort() >= 0 ? url.getPort() : secured ? HTTPS_PORT : HTTP_PORT,
        secured,
        proxy.user().isEmpty() ? "" : proxy.user() + ":" + proxy.password(),
        either(proxy.timeoutNanos(), dial),
        proxy.tls());
  }

  // setBaselineOptions of nats-server.
  private static PeerCompression compression(CompressionConfig config) {
    return PeerCompression.of(
        config.named("s2_auto", "s2_auto"),
        config.effectiveThresholds().stream().map(Duration::ofNanos).toList());
  }

  private static Duration either(long nanos, Duration otherwise) {
    return nanos > 0 ? Duration.ofNanos(nanos) : otherwise;
  }

  private static URI withPort(URI url) {
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    return url.getPort() >= 0
        ? url
        : URI.create(url.getScheme() + "://" + url.getRawAuthority() + ":" + DEFAULT_PORT + path);
  }
}
