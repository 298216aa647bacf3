package dev.hubkit.nats.route;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.wire.ProtocolException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The INFO of a route, about the server that sends it or another one it knows.
 *
 * @param cluster the name of the cluster
 * @param dynamic whether that name was made up, so that another may be taken
 * @param jetStream whether it has JetStream
 * @param protocol which version of the route protocol it speaks
 * @param routeUrl where other servers connect to it; empty when not known
 * @param connectUrls where clients connect to it, each {@code host:port}
 * @param webSocketUrls where clients connect to it through WebSockets
 * @param permissions what it lets through its routes
 * @param leaving whether it is in lame duck mode
 * @param compression the mode of compression that it offers or has chosen; empty for none
 * @param leafUrl where leaf nodes connect to it, {@code host:port}; empty for nowhere
 * @param knowsLeafNodes whether it tells and is told what concerns leaf nodes apart ({@code ln})
 */
record RouteInfo(
    String serverId,
    String serverName,
    String version,
    int protocol,
    String cluster,
    boolean dynamic,
    boolean authRequired,
    boolean tlsRequired,
    boolean jetStream,
    int maxPayload,
    String host,
    int port,
    String routeUrl,
    List<String> connectUrls,
    List<String> webSocketUrls,
    RoutePermissions permissions,
    boolean leaving,
    boolean knowsLeafNodes,
    String compression,
    String leafUrl) {
  /** The version with which servers trace messages (MsgTraceProto of nats-server). */
  static final int TRACING = 3;

  // More than any cluster has.
  private static final int MOST_URLS = 1024;

  RouteInfo {
    connectUrls = List.copyOf(connectUrls);
    webSocketUrls = List.copyOf(webSocketUrls);
  }

  static RouteInfo read(byte[] line, int from, int to) throws ProtocolException {
    try {
      JsonObject json = Json.parseObject(line, from, to - from);
      String id = json.string("server_id", "");
      List<String> urls = json.strings("connect_urls");
      List<String> webSocketUrls = json.strings("ws_connect_urls");
      List<String> leafUrls = json.strings("leafnode_urls");
      if (id.isEmpty() || urls.size() > MOST_URLS || webSocketUrls.size() > MOST_URLS) {
        throw new ProtocolException(
            null, "INFO of a route without server_id or with too many URLs");
      }
      return new RouteInfo(
          id,
          json.string("server_name", id),
          json.string("version", ""),
          (int) json.integer("proto", 0),
          json.string("cluster", ""),
          json.bool("cluster_dynamic", false),
          json.bool("auth_required", false),
          json.bool("tls_required", false),
          json.bool("jetstream", false),
          (int) json.integer("max_payload", 0),
          json.string("host", ""),
          (int) json.integer("port", 0),
          json.string("ip", ""),
          urls,
          webSocketUrls,
          RoutePermissions.read(json),
          json.bool("ldm", false),
          json.bool("ln", false),
          json.string("compression", ""),
          leafUrls.size() == 1 ? leafUrls.get(0) : "");
    } catch (JsonException e) {
      throw new ProtocolException(null, "INFO of a route: " + e.getMessage());
    }
  }

  byte[] line() {
    JsonWriter json =
        JsonWriter.compact()
            .beginObject()
            .field("server_id", serverId)
            .field("server_name", serverName)
            .field("version", version)
            .field("proto", protocol)
            .field("host", host)
            .field("port", port)
            .field("headers", true)
            .fieldIfSet("auth_required", authRequired)
            .fieldIfSet("tls_required", tlsRequired)
            .fieldIfSet("tls_verify", tlsRequired)
            .field("max_payload", maxPayload)
            .fieldIfSet("jetstream", jetStream)
            .fieldIfSet("ip", routeUrl)
            .fieldIfSet("connect_urls", connectUrls)
            .fieldIfSet("ws_connect_urls", webSocketUrls)
            .fieldIfSet("cluster", cluster)
            .fieldIfSet("cluster_dynamic", dynamic)
            .fieldIfSet("compression", compression)
            .fieldIfSet("ldm", leaving)
            .fieldIfSet("leafnode_urls", leafUrl.isEmpty() ? List.of() : List.of(leafUrl))
            .fieldIfSet("lnoc", knowsLeafNodes)
            .fieldIfSet("lnocu", knowsLeafNodes)
            .fieldIfSet("ln", knowsLeafNodes);
    permissions.write(json);
    return PeerOutput.line("INFO ", json.endObject().toBytes());
  }

  /** Returns the same INFO with the URL at which another server has reached this one. */
  RouteInfo reachedAt(String url) {
    return new RouteInfo(
        serverId,
        serverName,
        version,
        protocol,
        cluster,
        dynamic,
        authRequired,
        tlsRequired,
        jetStream,
        maxPayload,
        host,
        port,
        url,
        connectUrls,
        webSocketUrls,
        permissions,
        leaving,
        knowsLeafNodes,
        compression,
        leafUrl);
  }

  /** Returns whether it traces messages that a route brings it. */
  boolean traces() {
    return protocol >= TRACING;
  }

  /** Returns where to connect to it; null when it names no valid address. */
  @Nullable URI address() {
    if (routeUrl.isEmpty()) {
      return null;
    }
    try {
      URI uri = new URI(routeUrl);
      return uri.getHost() == null || uri.getPort() < 0 ? null : uri;
    } catch (URISyntaxException e) {
      return null;
    }
  }
}
