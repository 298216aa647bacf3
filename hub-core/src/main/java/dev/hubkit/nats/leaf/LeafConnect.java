package dev.hubkit.nats.leaf;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.ProtocolException;
import java.util.List;

/**
 * The CONNECT that a leaf node sends its hub.
 *
 * @param login the credentials, and what else clients send, too
 * @param server what the leaf node calls itself
 * @param cluster the cluster it is part of; empty for none
 * @param domain its JetStream domain; empty for none
 * @param hub whether it is the hub of the two
 * @param denied subjects that it does not want
 * @param isolate whether it does not want to be told what other leaf nodes subscribe to
 * @param compression how the connection is compressed; empty where it can't be
 * @param remoteAccount the account there
 * @param gateway the gateway that has connected to the wrong port; empty for none
 */
record LeafConnect(
    ConnectOptions login,
    String server,
    String serverId,
    String cluster,
    String domain,
    boolean hub,
    List<String> denied,
    boolean isolate,
    String compression,
    String remoteAccount,
    String gateway) {
  LeafConnect {
    denied = List.copyOf(denied);
  }

  static LeafConnect read(byte[] json) throws ProtocolException {
    try {
      JsonObject connect = Json.parseObject(json);
      return new LeafConnect(
          ConnectOptions.DEFAULT.merge(connect),
          connect.string("name", ""),
          connect.string("server_id", ""),
          connect.string("cluster", ""),
          connect.string("domain", ""),
          connect.bool("is_hub", false),
          connect.strings("deny_pub"),
          connect.bool("isolate", false),
          connect.string("compress_mode", ""),
          connect.string("remote_account", ""),
          connect.string("gateway", ""));
    } catch (JsonException e) {
      throw new ProtocolException(null, "CONNECT of a leaf node: " + e.getMessage());
    }
  }
}
