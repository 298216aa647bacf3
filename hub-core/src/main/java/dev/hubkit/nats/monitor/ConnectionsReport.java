package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.net.ConnectionDetails;
import dev.hubkit.nats.net.SubscriptionDetails;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.GoTime;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /connz}: the clients, the leaf nodes and the hubs. */
final class ConnectionsReport {
  private final MonitoredServer server;

  ConnectionsReport(MonitoredServer server) {
    this.server = server;
  }

  void write(JsonWriter json, Query query) {
    ConnectionFilter filter = ConnectionFilter.of(query);
    long now = server.time().epochNanos();
    if (!filter.account().isEmpty() && !isKnown(filter.account())) {
      nothing(json, filter.paging(), now);
      return;
    }
    List<ConnectionDetails> found = select(filter);
    found.sort(filter.order());
    List<ConnectionDetails> page = filter.paging().of(found);
    json.beginObject()
        .field("server_id", server.clients().info().serverId())
        .field("now", GoTime.stamp(now))
        .field("num_connections", page.size())
        .field("total", found.size())
        .field("offset", filter.paging().offset())
        .field("limit", filter.paging().limit())
        .beginArray("connections");
    for (ConnectionDetails connection : page) {
      connection(json, connection, now, filter);
    }
    json.endArray().endObject();
  }

  private boolean isKnown(String account) {
    for (Account each : server.accounts()) {
      if (each.name().equals(account)) {
        return true;
      }
    }
    return false;
  }

  // As nats-server tells of an account that it does not know.
  private static void nothing(JsonWriter json, Paging paging, long now) {
    json.beginObject()
        .field("server_id", "")
        .field("now", GoTime.stamp(now))
        .field("num_connections", 0)
        .field("total", 0)
        .field("offset", paging.offset())
        .field("limit", paging.limit())
        .any("connections", null)
        .endObject();
  }

  private List<ConnectionDetails> select(ConnectionFilter filter) {
    List<ConnectionDetails> found = new ArrayList<>();
    if (filter.state().isOpen()) {
      Stream.concat(server.clients().all().stream(), server.leafNodes().leafs().stream())
          .map(ConnectionDetails::of)
          .filter(filter::admits)
          .forEach(found::add);
    }
    // An ID that is asked for is that of one client.
    if (filter.state().isClosed() && (filter.id() == 0 || found.isEmpty())) {
      server.clients().closed().stream().filter(filter::admits).forEach(found::add);
    }
    return found;
  }

  private void connection(
      JsonWriter json, ConnectionDetails connection, long now, ConnectionFilter filter) {
    long idle = server.time().nanoTime() - connection.lastActivity();
    boolean open = connection.isOpen();
    long end = open ? now : connection.stopped();
    json.beginObject()
        .field("cid", connection.id())
        .field("kind", connection.kind())
        .fieldIfSet("type", connection.type());
    InetSocketAddress remote = connection.remote();
    json.field("ip", remote == null ? "" : HostPort.text(remote.getAddress()))
        .field("port", remote == null ? 0 : remote.getPort())
        .field("start", GoTime.stamp(connection.started()))
        .field("last_activity", GoTime.stamp(Math.max(connection.started(), now - idle)));
    if (!open) {
      json.field("stop", GoTime.stamp(end))
          .field("reason", String.valueOf(connection.closeReason()));
    }
    json.field("rtt", GoDuration.format(roundTrip(connection.roundTripNanos())))
        .field("uptime", GoTime.uptime(end - connection.started()))
        .field("idle", GoTime.uptime(open ? idle : end - (now - idle)));
    traffic(json, connection);
    if (filter.auth()) {
      PeerCertificates.write(json, connection.peers());
    }
    json.fieldIfSet("tls_first", connection.tlsFirst());
    String account = Objects.requireNonNullElse(connection.account(), "");
    if (filter.auth()) {
      json.fieldIfSet("authorized_user", connection.user())
          .fieldIfSet("account", account.equals("$G") ? "" : account);
    }
    subscriptions(json, connection, filter);
    // nats-server tells these of closed connections without being asked.
    if (filter.auth() || !open) {
      boolean ofUser = !open && (!filter.auth() || account.isEmpty() || account.equals("$G"));
      json.fieldIfSet("jwt", connection.jwt())
          .fieldIfSet("issuer_key", connection.issuer())
          .fieldIfSet("name_tag", ofUser ? connection.nameTag() : connection.accountTag())
          .fieldIfSet("tags", connection.tags());
    }
    if (connection.proxyKey() != null) {
      json.beginObject("proxy").field("key", connection.proxyKey()).endObject();
    }
    json.endObject();
  }

  // As getRTT in server/monitor.go of nats-server.
  private static long roundTrip(long nanos) {
    return nanos > 1_000 && nanos < 1_000_000 ? nanos / 1_000 * 1_000 : nanos;
  }

  private static void traffic(JsonWriter json, ConnectionDetails connection) {
    json.field("pending_bytes", connection.pendingBytes())
        .field("in_msgs", connection.inMessages())
        .field("out_msgs", connection.outMessages())
        .field("in_bytes", connection.inBytes())
        .field("out_bytes", connection.outBytes())
        .fieldIfSet("stalls", connection.stalls())
        .field("subscriptions", connection.subscriptionCount())
        .fieldIfSet("name", connection.name())
        .fieldIfSet("lang", connection.lang())
        .fieldIfSet("version", connection.version());
    String tls = connection.tlsProtocol();
    if (tls != null) {
      json.field("tls_version", tls.replace("TLSv", ""))
          .field("tls_cipher_suite", String.valueOf(connection.cipherSuite()));
    }
  }

  private static void subscriptions(
      JsonWriter json, ConnectionDetails connection, ConnectionFilter filter) {
    if (connection.subscriptions().isEmpty()) {
      return;
    }
    if (filter.subscriptionDetails()) {
      json.beginArray("subscriptions_list_detail");
      for (SubscriptionDetails subscription : connection.subscriptions()) {
        // Those of closed connections say whose they were, as in /subsz (saveClosedClient).
        boolean named = !connection.isOpen();
        detail(
            json,
            subscription,
            connection.id(),
            named ? connection.account() : null,
            named ? connection.accountTag() : null);
      }
      json.endArray();
    } else if (filter.subscriptions()) {
      json.field(
          "subscriptions_list",
          connection.subscriptions().stream().map(SubscriptionDetails::subject).toList());
    }
  }

  /** Writes one subscription; without its account where these are null. */
  static void detail(
      JsonWriter json,
      SubscriptionDetails subscription,
      long cid,
      @Nullable String account,
      @Nullable String accountTag) {
    json.beginObject()
        .fieldIfSet("account", account)
        .fieldIfSet("account_tag", accountTag)
        .field("subject", subscription.subject())
        .fieldIfSet("qgroup", subscription.queue())
        .field("sid", subscription.sid())
        .field("msgs", subscription.delivered())
        .fieldIfSet("max", subscription.max())
        .field("cid", cid)
        .endObject();
  }
}
