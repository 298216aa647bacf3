package dev.hubkit.nats.route;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.wire.ProtocolException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The credentials and the cluster in the CONNECT that one server sends another. Immutable.
 *
 * @param user empty for none
 * @param password empty for none
 * @param cluster the name of the cluster; empty when the server names none
 * @param dynamic whether that name is made up
 */
record RouteConnect(String user, String password, String cluster, boolean dynamic) {
  /**
   * Reads the JSON text of CONNECT.
   *
   * @throws ProtocolException if it is not valid
   */
  static RouteConnect read(byte[] json) throws ProtocolException {
    try {
      JsonObject object = Json.parseObject(json);
      return new RouteConnect(
          object.string("user", ""),
          object.string("pass", ""),
          object.string("cluster", ""),
          object.bool("cluster_dynamic", false));
    } catch (JsonException e) {
      throw new ProtocolException(null, "CONNECT of a route: " + e.getMessage());
    }
  }

  /**
   * Returns the CONNECT for a server that this one has connected to.
   *
   * @param url the URL of the other server, which can hold a user and a password; null for none
   */
  static RouteConnect to(@Nullable URI url, RouteSettings settings, ClusterName name) {
    String login = url == null ? null : url.getUserInfo();
    if (login == null) {
      return new RouteConnect(settings.user(), settings.password(), name.text(), name.isMadeUp());
    }
    int colon = login.indexOf(':');
    return new RouteConnect(
        colon < 0 ? login : login.substring(0, colon),
        colon < 0 ? "" : login.substring(colon + 1),
        name.text(),
        name.isMadeUp());
  }

  /** Returns the whole line. */
  byte[] line(String serverId, boolean tlsRequired) {
    byte[] json =
        JsonWriter.compact()
            .beginObject()
            .field("echo", true)
            .field("verbose", false)
            .field("pedantic", false)
            .fieldIfSet("user", user)
            .fieldIfSet("pass", password)
            .field("tls_required", tlsRequired)
            .field("headers", true)
            .field("name", serverId)
            .field("cluster", cluster)
            .fieldIfSet("cluster_dynamic", dynamic)
            .field("lnoc", true)
            .field("ln", true)
            .endObject()
            .toBytes();
    return PeerOutput.line("CONNECT ", json);
  }

  /** Returns the options without the password. */
  @Override
  public String toString() {
    return "RouteConnect[user=" + user + ", cluster=" + cluster + "]";
  }
}
