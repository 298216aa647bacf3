package dev.hubkit.nats.leaf;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.wire.ProtocolException;
import java.util.List;

/**
 * The INFO that a hub sends a leaf node, or a leaf node that wants to agree on compression.
 *
 * @param serverName its id where it names none
 * @param protocol which version of the protocol between servers it speaks
 * @param compression the mode of compression that it offers or has chosen; empty for none
 * @param clientId the number of the connection there; 0 from a port that is none for leaf nodes
 * @param leafUrls where leaf nodes connect to it and its cluster, each {@code host:port}
 * @param webSocketUrls the same through WebSocket
 * @param infoOnConnect whether it sends another INFO in answer to CONNECT
 * @param connectInfo whether this is that one
 * @param remoteAccount the account there; empty before it is known
 * @param imports what it lets the leaf node receive
 * @param exports what it takes from the leaf node
 */
record LeafInfo(
    String serverId,
    String serverName,
    int protocol,
    boolean headers,
    boolean tlsRequired,
    String nonce,
    String cluster,
    String domain,
    String compression,
    long clientId,
    List<String> leafUrls,
    List<String> webSocketUrls,
    boolean infoOnConnect,
    boolean connectInfo,
    String remoteAccount,
    SubjectRules imports,
    SubjectRules exports) {
  /** The version with which servers trace messages (MsgTraceProto of nats-server). */
  static final int TRACING = 3;

  // More than any cluster has.
  private static final int MOST_URLS = 1024;

  LeafInfo {
    leafUrls = List.copyOf(leafUrls);
    webSocketUrls = List.copyOf(webSocketUrls);
  }

  static LeafInfo read(byte[] json) throws ProtocolException {
    try {
      JsonObject info = Json.parseObject(json);
      List<String> urls = info.strings("leafnode_urls");
      List<String> webSocketUrls = info.strings("ws_connect_urls");
      if (urls.size() > MOST_URLS || webSocketUrls.size() > MOST_URLS) {
        throw new ProtocolException(null, "INFO of a hub with too many URLs");
      }
      String id = info.string("server_id", "");
      String name = info.string("server_name", "");
      return new LeafInfo(
          id,
          name.isEmpty() ? id : name,
          (int) info.integer("proto", 0),
          info.bool("headers", false),
          info.bool("tls_required", false),
          info.string("nonce", ""),
          info.string("cluster", ""),
          info.string("domain", ""),
          info.string("compression", ""),
          info.integer("client_id", 0),
          urls,
          webSocketUrls,
          info.bool("info_on_connect", false),
          info.bool("connect_info", false),
          info.string("remote_account", ""),
          SubjectRules.read(info, "import"),
          SubjectRules.read(info, "export"));
    } catch (JsonException e) {
      throw new ProtocolException(null, "INFO of a hub: " + e.getMessage());
    }
  }
}
