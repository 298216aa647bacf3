package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.config.LeafNodesConfig;
import dev.hubkit.nats.config.LeafRemoteConfig;
import dev.hubkit.nats.leaf.Leaf;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsSettings;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.time.GoDuration;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The page about leaf nodes and hubs, and what other pages tell of them. */
final class LeafsReport {
  private final MonitoredServer server;

  LeafsReport(MonitoredServer server) {
    this.server = server;
  }

  /** Writes the connections, without the braces around the page. */
  void write(JsonWriter json, Query query) {
    boolean list = query.bool("subs");
    String account = query.text("acc");
    List<Leaf> leafs =
        server.leafNodes().leafs().stream()
            .filter(leaf -> account.isEmpty() || account.equals(nameOf(leaf.account())))
            .sorted(Comparator.comparingLong(Leaf::id))
            .toList();
    json.field("leafnodes", leafs.size()).beginArray("leafs");
    leafs.forEach(leaf -> write(json, leaf, list));
    json.endArray();
  }

  private static String nameOf(@Nullable Account account) {
    return account == null ? "" : account.name();
  }

  private static void write(JsonWriter json, Leaf leaf, boolean list) {
    List<Subscription> subscriptions = leaf.subscriptions();
    json.beginObject()
        .field("id", leaf.id())
        .field("name", leaf.remoteName())
        .field("is_spoke", leaf.isSpoke())
        .fieldIfSet("is_isolated", leaf.isIsolated())
        .field("account", nameOf(leaf.account()))
        .field("ip", HostPort.text(leaf.remoteAddress().getAddress()))
        .field("port", leaf.remoteAddress().getPort())
        .field("rtt", GoDuration.format(leaf.roundTripNanos()))
        .field("in_msgs", leaf.inMessages())
        .field("out_msgs", leaf.outMessages())
        .field("in_bytes", leaf.inBytes())
        .field("out_bytes", leaf.outBytes())
        .field("subscriptions", subscriptions.size());
    if (list) {
      json.fieldIfSet(
          "subscriptions_list", subscriptions.stream().map(Subscription::subject).toList());
    }
    json.fieldIfSet("compression", leaf.compressionMode())
        .fieldIfSet("websocket", leaf.isWebSocket())
        .endObject();
  }

  /** Writes how the server is configured for them. */
  void configuration(JsonWriter json, LeafNodesConfig config) {
    json.beginObject("leaf");
    if (server.leafNodes().port() > 0) {
      TlsContext tls = config.tls();
      String host = config.host().isEmpty() ? server.clients().info().host() : config.host();
      json.field("host", host).field("port", server.leafNodes().port());
      double auth = config.authTimeoutSeconds();
      ServerReport.number(json, "auth_timeout", auth > 0 ? auth : TlsContext.loginSeconds(tls));
      ServerReport.number(
          json,
          "tls_timeout",
          tls == null ? TlsSettings.DEFAULT_TIMEOUT_SECONDS : tls.settings().handshakeSeconds());
      json.fieldIfSet("tls_required", tls != null)
          .fieldIfSet("tls_verify", tls != null && tls.settings().verify());
    }
    if (!config.remotes().isEmpty()) {
      json.beginArray("remotes");
      config.remotes().forEach(remote -> remote(json, remote));
      json.endArray();
    }
    json.endObject();
  }

  private static void remote(JsonWriter json, LeafRemoteConfig remote) {
    json.beginObject().field("local_account", remote.account().isEmpty() ? "$G" : remote.account());
    TlsContext tls = remote.tls();
    if (tls != null) {
      ServerReport.number(json, "tls_timeout", tls.settings().handshakeSeconds());
    }
    json.field(
        "urls",
        remote.urls().stream()
            .map(url -> url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort()))
            .toList());
    if (!remote.denyExports().isEmpty() || !remote.denyImports().isEmpty()) {
      json.beginObject("deny")
          .fieldIfSet("exports", remote.denyExports())
          .fieldIfSet("imports", remote.denyImports())
          .endObject();
    }
    json.endObject();
  }
}
