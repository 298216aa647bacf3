package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.SubscriptionDetails;
import dev.hubkit.nats.route.Route;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.GoTime;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The page about routes to other servers. */
final class RoutesReport {
  private final MonitoredServer server;

  RoutesReport(MonitoredServer server) {
    this.server = server;
  }

  void write(JsonWriter json, Query query) {
    boolean detail =
        query.text("subs").equalsIgnoreCase("detail") || query.bool("subscriptions_detail");
    boolean list = !detail && query.bool("subs");
    ServerInfo info = server.clients().info();
    Collection<Route> routes = server.routes();
    json.beginObject()
        .field("server_id", info.serverId())
        .field("server_name", info.serverName())
        .field("now", GoTime.stamp(server.time().epochNanos()))
        .field("num_routes", routes.size())
        .beginArray("routes");
    routes.stream()
        .sorted(Comparator.comparingLong(Route::id))
        .forEach(route -> write(json, route, list, detail));
    json.endArray().endObject();
  }

  private void write(JsonWriter json, Route route, boolean list, boolean detail) {
    List<Subscription> subscriptions = route.subscriptions();
    json.beginObject()
        .field("rid", route.id())
        .field("remote_id", route.remoteId())
        .field("remote_name", route.remoteName())
        .field("did_solicit", route.isSolicited())
        .field("is_configured", route.isConfigured())
        .field("ip", HostPort.text(route.address().getAddress()))
        .field("port", route.address().getPort())
        .field("start", GoTime.stamp(route.started()))
        .field("last_activity", GoTime.stamp(server.time().epochNanos() - route.idleNanos()))
        .field("rtt", GoDuration.format(route.roundTripNanos()))
        .field("uptime", GoTime.uptime(route.uptimeNanos()))
        .field("idle", GoTime.uptime(route.idleNanos()))
        .field("pending_size", route.pendingBytes())
        .field("in_msgs", route.inMessages())
        .field("out_msgs", route.outMessages())
        .field("in_bytes", route.inBytes())
        .field("out_bytes", route.outBytes())
        .field("subscriptions", subscriptions.size());
    if (list && !subscriptions.isEmpty()) {
      json.field("subscriptions_list", subscriptions.stream().map(Subscription::subject).toList());
    } else if (detail && !subscriptions.isEmpty()) {
      json.beginArray("subscriptions_list_detail");
      for (Subscription subscription : subscriptions) {
        ConnectionsReport.detail(
            json, SubscriptionDetails.of(subscription), route.id(), null, null);
      }
      json.endArray();
    }
    json.fieldIfSet("compression", route.compressionMode()).endObject();
  }
}
