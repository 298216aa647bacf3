package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.ConnectionDetails;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.GoTime;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** {@code /connz}: the clients. */
final class ConnectionsReport {
  private final MonitoredServer server;

  ConnectionsReport(MonitoredServer server) {
    this.server = server;
  }

  void write(JsonWriter json, Query query) {
    List<ConnectionDetails> found = select(query);
    sort(found, query.text("sort"), query.text("state"));
    Paging asked = Paging.of(query);
    // An ID that is asked for is that of one client.
    Paging paging = query.unsigned("cid") == 0 ? asked : new Paging(asked.offset(), 1);
    List<ConnectionDetails> page = paging.of(found);
    long now = server.time().epochNanos();
    json.beginObject()
        .field("server_id", server.clients().info().serverId())
        .field("now", GoTime.stamp(now))
        .field("num_connections", page.size())
        .field("total", found.size())
        .field("offset", paging.offset())
        .field("limit", paging.limit())
        .beginArray("connections");
    String subscriptions = query.text("subs");
    boolean detail = subscriptions.equals("detail");
    boolean list = !detail && query.bool("subs");
    boolean auth = query.bool("auth");
    for (ConnectionDetails connection : page) {
      connection(json, connection, now, list, detail, auth);
    }
    json.endArray().endObject();
  }

  private List<ConnectionDetails> select(Query query) {
    List<ConnectionDetails> candidates = new ArrayList<>();
    switch (query.text("state")) {
      case "", "open", "0" -> candidates.addAll(open());
      case "closed", "1" -> candidates.addAll(server.clients().closed());
      case "all", "any", "2" -> {
        candidates.addAll(open());
        candidates.addAll(server.clients().closed());
      }
      default ->
          throw new Query.BadQueryException("Error decoding state for " + query.text("state"));
    }
    long id = query.unsigned("cid");
    candidates.removeIf(
        connection ->
            (id != 0 && connection.id() != id)
                || (query.has("acc") && !query.text("acc").equals(connection.account()))
                || (query.has("user") && !query.text("user").equals(connection.user()))
                || (query.has("filter_subject")
                    && connection.subscriptions().stream()
                        .noneMatch(
                            subscription ->
                                Subjects.overlap(
                                    subscription.subject(), query.text("filter_subject")))));
    return candidates;
  }

  private List<ConnectionDetails> open() {
    return server.clients().all().stream().map(ConnectionDetails::of).toList();
  }

  private void sort(List<ConnectionDetails> connections, String by, String state) {
    Comparator<ConnectionDetails> order =
        switch (by) {
          case "", "cid" -> Comparator.comparingLong(ConnectionDetails::id);
          case "start" -> Comparator.comparingLong(ConnectionDetails::started);
          case "subs" -> descending(Comparator.comparingInt(each -> each.subscriptions().size()));
          case "pending" -> descending(Comparator.comparingLong(ConnectionDetails::pendingBytes));
          case "msgs_to" -> descending(Comparator.comparingLong(ConnectionDetails::outMessages));
          case "msgs_from" -> descending(Comparator.comparingLong(ConnectionDetails::inMessages));
          case "bytes_to" -> descending(Comparator.comparingLong(ConnectionDetails::outBytes));
          case "bytes_from" -> descending(Comparator.comparingLong(ConnectionDetails::inBytes));
          case "last" -> descending(Comparator.comparingLong(ConnectionDetails::lastActivity));
          case "idle" -> Comparator.comparingLong(ConnectionDetails::lastActivity);
          case "uptime" -> Comparator.comparingLong(ConnectionDetails::started);
          case "rtt" -> descending(Comparator.comparingLong(ConnectionDetails::roundTripNanos));
          case "stop", "reason" -> {
            if (!state.equals("closed")) {
              throw new Query.BadQueryException(
                  "sort by " + by + " only valid on closed connections");
            }
            yield by.equals("stop")
                ? Comparator.comparingLong(ConnectionDetails::stopped)
                : Comparator.comparing(each -> String.valueOf(each.closeReason()));
          }
          default -> throw new Query.BadQueryException("invalid sorting option: " + by);
        };
    Collections.sort(connections, order);
  }

  private static Comparator<ConnectionDetails> descending(Comparator<ConnectionDetails> order) {
    return order.reversed();
  }

  private void connection(
      JsonWriter json,
      ConnectionDetails connection,
      long now,
      boolean list,
      boolean detail,
      boolean auth) {
    long idle = server.time().nanoTime() - connection.lastActivity();
    boolean open = connection.isOpen();
    long end = open ? now : connection.stopped();
    json.beginObject()
        .field("cid", connection.id())
        .field("kind", "Client")
        .field("type", connection.type() == ConnectionType.WEBSOCKET ? "websocket" : "nats");
    InetSocketAddress remote = connection.remote();
    json.field("ip", remote == null ? "" : remote.getAddress().getHostAddress())
        .field("port", remote == null ? 0 : remote.getPort())
        .field("start", GoTime.stamp(connection.started()))
        .field("last_activity", GoTime.stamp(Math.max(connection.started(), now - idle)));
    if (!open) {
      json.field("stop", GoTime.stamp(end))
          .field("reason", String.valueOf(connection.closeReason()));
    }
    if (connection.roundTripNanos() > 0) {
      json.field("rtt", GoDuration.format(connection.roundTripNanos()));
    }
    json.field("uptime", GoTime.uptime(end - connection.started()))
        .field("idle", GoTime.uptime(open ? idle : end - (now - idle)));
    traffic(json, connection);
    String account = connection.account();
    if (auth && account != null) {
      json.fieldIfSet("authorized_user", connection.user())
          .fieldIfSet("account", account.equals("$G") ? "" : account);
    }
    subscriptions(json, connection, list, detail);
    if (auth && account != null) {
      json.fieldIfSet("name_tag", account);
    }
    if (connection.proxyKey() != null) {
      json.beginObject("proxy").field("key", connection.proxyKey()).endObject();
    }
    json.endObject();
  }

  private static void traffic(JsonWriter json, ConnectionDetails connection) {
    json.field("pending_bytes", connection.pendingBytes())
        .field("in_msgs", connection.inMessages())
        .field("out_msgs", connection.outMessages())
        .field("in_bytes", connection.inBytes())
        .field("out_bytes", connection.outBytes())
        .field("subscriptions", connection.subscriptions().size())
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
      JsonWriter json, ConnectionDetails connection, boolean list, boolean detail) {
    if (connection.subscriptions().isEmpty() || (!list && !detail)) {
      return;
    }
    if (list) {
      json.field(
          "subscriptions_list",
          connection.subscriptions().stream().map(Subscription::subject).toList());
      return;
    }
    json.beginArray("subscriptions_list_detail");
    for (Subscription subscription : connection.subscriptions()) {
      detail(json, subscription, connection.id(), "");
    }
    json.endArray();
  }

  static void detail(JsonWriter json, Subscription subscription, long cid, String account) {
    json.beginObject()
        .fieldIfSet("account", account)
        .fieldIfSet("account_tag", account)
        .field("subject", subscription.subject())
        .fieldIfSet("qgroup", subscription.queue())
        .field("sid", subscription.sid())
        .field("msgs", subscription.delivered())
        .fieldIfSet("max", subscription.max())
        .field("cid", cid)
        .endObject();
  }
}
