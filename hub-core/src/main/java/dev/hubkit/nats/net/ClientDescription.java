package dev.hubkit.nats.net;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.RequesterShare;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.GoTime;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A client in the fields of nats-server's {@code ClientInfo} ({@code server/events.go}), in which
 * events, services, latency samples and traces tell of it.
 */
public final class ClientDescription {
  private final AuthenticatedPeer connection;

  /** Describes a client as it is when the description is written. */
  public ClientDescription(AuthenticatedPeer connection) {
    this.connection = connection;
  }

  private String account() {
    AuthenticatedUser user = connection.user();
    return user == null ? "$G" : user.account().name();
  }

  private String accountTag() {
    AuthenticatedUser user = connection.user();
    // A client is in that account before it has logged in; a leaf node is in none.
    String before = connection instanceof Connection ? "$G" : "";
    return user == null ? before : user.account().nameTag();
  }

  private AuthenticatedUser.Origin origin() {
    AuthenticatedUser user = connection.user();
    return user == null ? AuthenticatedUser.Origin.NONE : user.origin();
  }

  /** Returns the name of the user, without its credentials. */
  public @Nullable String userName() {
    return userName(connection.options(), connection.user());
  }

  /**
   * Returns the name of the user that has sent these credentials, without them.
   *
   * @param user the user it has logged in as; null before it has
   */
  public static @Nullable String userName(
      ConnectOptions options, @Nullable AuthenticatedUser user) {
    if (options.nkey() != null) {
      return options.nkey();
    }
    if (options.user() != null) {
      return options.user();
    }
    if (options.jwt() == null && options.token() != null) {
      return "[REDACTED]";
    }
    // Without credentials it may be the user that stands for such clients.
    return user == null ? null : user.name();
  }

  /**
   * Returns {@code nats}, {@code websocket} or another way in which clients connect; empty for a
   * leaf node.
   */
  public String type() {
    return switch (connection.connectionType()) {
      case LEAFNODE -> "";
      case WEBSOCKET -> "websocket";
      default -> "nats";
    };
  }

  private @Nullable String host() {
    InetSocketAddress remote = connection.remoteAddress();
    return remote == null ? null : HostPort.text(remote.getAddress());
  }

  /** Writes the fields that a service is told; see {@link RequesterShare}. */
  void disclose(JsonWriter json, RequesterShare disclosure, String service) {
    boolean all = disclosure == RequesterShare.ALL || disclosure == RequesterShare.ADVISORY;
    ConnectOptions options = connection.options();
    if (all) {
      json.field("start", GoTime.stamp(connection.started()))
          .fieldIfSet("host", host())
          .field("id", connection.id());
    }
    json.field("acc", account()).fieldIfSet("svc", service);
    if (all) {
      json.fieldIfSet("user", userName())
          .fieldIfSet("name", options.name())
          .fieldIfSet("lang", options.lang())
          .fieldIfSet("ver", options.version());
    }
    json.fieldIfSet("rtt", connection.roundTripNanos());
    if (disclosure != RequesterShare.ROUND_TRIP) {
      ServerInfo server = connection.server();
      json.field("server", server.serverName()).fieldIfSet("cluster", server.cluster());
    }
    if (all) {
      json.fieldIfSet("jwt", disclosure == RequesterShare.ALL ? options.jwt() : "")
          .fieldIfSet("issuer_key", origin().issuer())
          .fieldIfSet("name_tag", origin().nameTag())
          .fieldIfSet("tags", origin().tags())
          .field("kind", connection.kind())
          .fieldIfSet("client_type", type());
    }
  }

  /**
   * Writes the object that an event has of the client.
   *
   * @param stop when it was disconnected, in nanoseconds since the epoch; 0 when it was not
   */
  public void write(JsonWriter json, String field, long stop) {
    write(json, field, stop, account());
  }

  /** Likewise of a client that concerns {@code account}, though it is not in it. */
  public void write(JsonWriter json, String field, long stop, String account) {
    ConnectOptions options = connection.options();
    json.beginObject(field)
        .field("start", GoTime.stamp(connection.started()))
        .fieldIfSet("host", host())
        .field("id", connection.id())
        .field("acc", account)
        .fieldIfSet("user", userName())
        .fieldIfSet("name", options.name())
        .fieldIfSet("lang", options.lang())
        .fieldIfSet("ver", options.version());
    if (stop > 0) {
      json.fieldIfSet("rtt", connection.roundTripNanos()).field("stop", GoTime.stamp(stop));
    }
    json.fieldIfSet("jwt", options.jwt())
        .fieldIfSet("issuer_key", origin().issuer())
        .fieldIfSet("name_tag", accountTag())
        .fieldIfSet("tags", origin().tags())
        .field("kind", connection.kind())
        .fieldIfSet("client_type", type())
        .endObject();
  }
}
