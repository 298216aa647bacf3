package dev.hubkit.nats.monitor;

import com.sun.management.OperatingSystemMXBean;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Traffic;
import dev.hubkit.nats.config.ClusterConfig;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.Limits;
import dev.hubkit.nats.peer.PeerTotals;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsSettings;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.GoTime;
import dev.hubkit.time.Nanos;
import java.lang.management.ManagementFactory;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code /varz}: the server as a whole. */
final class ServerReport {
  private final MonitoredServer server;
  private final JetStreamReport jetStream;
  private final LeafsReport leafs;

  ServerReport(MonitoredServer server, JetStreamReport jetStream) {
    this.server = server;
    this.jetStream = jetStream;
    this.leafs = new LeafsReport(server);
  }

  void write(JsonWriter json, Map<String, Long> requests) {
    ServerConfig config = server.config();
    Clients clients = server.clients();
    json.beginObject();
    identity(json, clients, config);
    limits(json, clients.limits(), clients.info(), config);
    cluster(json, config.get(Options.CLUSTER));
    json.beginObject("gateway").endObject();
    leafs.configuration(json, config.get(Options.LEAFNODES));
    json.beginObject("mqtt").endObject();
    webSocket(json, config);
    jetStream(json);
    times(json, clients.limits(), config);
    process(json);
    traffic(json, clients);
    json.beginObject("http_req_stats");
    new TreeMap<>(requests).forEach(json::field);
    json.endObject();
    json.field("config_load_time", GoTime.stamp(server.started()))
        .field("config_digest", digest(config))
        .fieldIfSet("tags", config.get(Options.TAGS))
        .fieldIfSet("metadata", config.get(Options.METADATA));
    FeatureFlags.of(config, clients.info().compatibility()).write(json);
    json.fieldIfSet("system_account", server.systemAccount());
    faults(json, clients, server.routeTotals(), server.leafNodes().totals());
    proxies(json, config);
    expiry(json, config.get(Options.TLS).orElse(null));
    json.endObject();
  }

  private static void identity(JsonWriter json, Clients clients, ServerConfig config) {
    ServerInfo info = clients.info();
    json.field("server_id", info.serverId())
        .field("server_name", info.serverName())
        .field("version", info.version())
        .field("proto", 1)
        .field("go", "java" + Runtime.version().feature())
        .field("host", info.host())
        .field("port", info.port())
        .fieldIfSet("auth_required", clients.authenticator().knowsUsers())
        .fieldIfSet("tls_required", config.get(Options.TLS).isPresent())
        .fieldIfSet(
            "tls_verify", config.get(Options.TLS).map(tls -> tls.settings().verify()).orElse(false))
        .fieldIfSet("connect_urls", info.connectUrls())
        .fieldIfSet("ws_connect_urls", info.webSocketUrls());
  }

  private static void limits(JsonWriter json, Limits limits, ServerInfo info, ServerConfig config) {
    json.field("max_connections", limits.maxConnections())
        .fieldIfSet("max_subscriptions", limits.maxSubscriptions())
        .field("ping_interval", Nanos.of(limits.pingInterval()))
        .field("ping_max", limits.maxPingsOut())
        .field(
            "http_host",
            config.get(Options.HTTP_HOST).isEmpty() ? info.host() : config.get(Options.HTTP_HOST))
        .field("http_port", config.get(Options.HTTP_PORT))
        .field("http_base_path", config.get(Options.HTTP_BASE_PATH))
        .field("https_port", config.get(Options.HTTPS_PORT));
    number(json, "auth_timeout", Nanos.of(limits.authTimeout()) / 1e9);
    json.field("max_control_line", limits.maxControlLine())
        .field("max_payload", limits.maxPayload())
        .field("max_pending", limits.maxPending());
  }

  private void jetStream(JsonWriter json) {
    json.beginObject("jetstream");
    if (server.jetStreams() != null) {
      jetStream.config(json, true);
      json.beginObject("stats");
      jetStream.stats(json);
      json.endObject();
      jetStream.meta(json, "meta");
      jetStream.limits(json);
    }
    json.endObject();
  }

  private void times(JsonWriter json, Limits limits, ServerConfig config) {
    long now = server.time().epochNanos();
    double handshake =
        config
            .get(Options.TLS)
            .map(tls -> tls.settings().handshakeSeconds())
            .orElse(TlsSettings.DEFAULT_TIMEOUT_SECONDS);
    number(json, "tls_timeout", handshake);
    json.field("write_deadline", Nanos.of(limits.writeDeadline()))
        .field("start", GoTime.stamp(server.started()))
        .field("now", GoTime.stamp(now))
        .field("uptime", GoTime.uptime(now - server.started()));
  }

  private static void faults(
      JsonWriter json, Clients clients, PeerTotals routes, PeerTotals leafs) {
    counters(json, "slow_consumer_stats", clients.slowConsumers(), routes.slow(), leafs.slow());
    counters(
        json, "stale_connection_stats", clients.staleConnections(), routes.stale(), leafs.stale());
    json.beginObject("disk_io_wait_stats")
        .field("waiters", 0)
        .field("waits", 0)
        .field("wait_time", 0)
        .field("max_wait_time", 0)
        .endObject();
  }

  private static void expiry(JsonWriter json, @Nullable TlsContext tls) {
    X509Certificate certificate = tls == null ? null : tls.certificate();
    if (certificate != null) {
      long end =
          TimeUnit.MILLISECONDS.toNanos(certificate.getNotAfter().toInstant().toEpochMilli());
      json.field("tls_cert_not_after", GoTime.stamp(end));
    }
  }

  private static void proxies(JsonWriter json, ServerConfig config) {
    if (config.isSet(Options.TRUSTED_PROXIES)) {
      json.beginObject("proxies");
      if (!config.get(Options.TRUSTED_PROXIES).isEmpty()) {
        json.beginArray("trusted");
        for (String key : config.get(Options.TRUSTED_PROXIES)) {
          json.beginObject().field("key", key).endObject();
        }
        json.endArray();
      }
      json.endObject();
    }
  }

  // Go writes a whole number without a point.
  static void number(JsonWriter json, String name, double value) {
    if (value == Math.rint(value)) {
      json.field(name, (long) value);
    } else {
      json.field(name, value);
    }
  }

  private void cluster(JsonWriter json, ClusterConfig cluster) {
    json.beginObject("cluster");
    if (server.clusterPort() > 0) {
      ServerInfo info = server.clients().info();
      TlsContext tls = cluster.tls();
      double handshake =
          tls == null ? TlsSettings.DEFAULT_TIMEOUT_SECONDS : tls.settings().handshakeSeconds();
      double auth = cluster.authTimeoutSeconds();
      json.fieldIfSet("name", info.cluster())
          .field("addr", cluster.host().isEmpty() ? info.host() : cluster.host())
          .field("cluster_port", server.clusterPort());
      number(json, "auth_timeout", auth > 0 ? auth : TlsContext.loginSeconds(tls));
      json.fieldIfSet(
          "urls",
          cluster.routes().stream().map(url -> url.getHost() + ":" + url.getPort()).toList());
      number(json, "tls_timeout", handshake);
      json.fieldIfSet("tls_required", tls != null).fieldIfSet("tls_verify", tls != null);
      expiry(json, tls);
    }
    json.endObject();
  }

  private void webSocket(JsonWriter json, ServerConfig config) {
    json.beginObject("websocket");
    if (server.webSocketPort() > 0) {
      WebSocketConfig block = config.get(Options.WEBSOCKET).orElseThrow();
      json.field("host", block.host().isEmpty() ? server.clients().info().host() : block.host())
          .field("port", server.webSocketPort())
          .fieldIfSet("advertise", block.advertise())
          .fieldIfSet("no_auth_user", block.noAuthUser())
          .fieldIfSet("jwt_cookie", block.jwtCookie());
      if (block.handshakeTimeoutNanos() != WebSocketConfig.HANDSHAKE_NANOS) {
        json.field("handshake_timeout", block.handshakeTimeoutNanos());
      }
      if (block.authTimeoutSeconds() > 0) {
        number(json, "auth_timeout", block.authTimeoutSeconds());
      }
      json.fieldIfSet("no_tls", block.noTls())
          .fieldIfSet("tls_map", block.tls() != null && block.tls().settings().verifyAndMap())
          .fieldIfSet("same_origin", block.sameOrigin())
          .fieldIfSet("allowed_origins", block.allowedOrigins())
          .fieldIfSet("compression", block.compression());
      expiry(json, block.tls());
    }
    json.endObject();
  }

  /** Writes the memory and processors that the process uses. */
  static void process(JsonWriter json) {
    int cores = Runtime.getRuntime().availableProcessors();
    double load = 0;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      load = Math.max(0, system.getProcessCpuLoad()) * cores * 100;
    }
    json.field("mem", Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory())
        .field("cores", cores)
        .field("gomaxprocs", cores);
    number(json, "cpu", Math.rint(load));
  }

  private void traffic(JsonWriter json, Clients clients) {
    PeerTotals leafs = server.leafNodes().totals();
    PeerTotals peers = server.routeTotals().plus(leafs);
    Traffic delivered = clients.delivered();
    json.field("connections", clients.all().size())
        .field("total_connections", clients.total())
        .field("routes", server.routes().size())
        .field("remotes", server.routes().size())
        .field("leafnodes", server.leafNodes().leafs().size())
        .field("in_msgs", clients.inMessages() + peers.inMessages())
        .field("in_bytes", clients.inBytes() + peers.inBytes())
        .field("in_client_msgs", clients.inMessages())
        .field("in_client_bytes", clients.inBytes())
        .field("out_msgs", delivered.messages() + peers.outMessages())
        .field("out_bytes", delivered.bytes() + peers.outBytes())
        .field("out_client_msgs", delivered.messages())
        .field("out_client_bytes", delivered.bytes())
        .field("slow_consumers", clients.slowConsumers() + peers.slow())
        .field("stale_connections", clients.staleConnections() + peers.stale())
        .field("stalled_clients", clients.stalls())
        .field("subscriptions", server.subscriptionCount());
  }

  /** Writes how many of something there were of each kind of connection. */
  static void counters(JsonWriter json, String name, long clients, long routes, long leafs) {
    json.beginObject(name)
        .field("clients", clients)
        .field("routes", routes)
        .field("gateways", 0)
        .field("leafs", leafs)
        .endObject();
  }

  private static String digest(ServerConfig config) {
    String file = config.get(Options.CONFIG_FILE);
    try {
      return file.isEmpty() ? "" : ConfigFile.digest(file, System::getenv);
    } catch (ConfigException e) {
      return "";
    }
  }
}
