package dev.hubkit.nats.system;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Traffic;
import dev.hubkit.nats.monitor.MonitoredServer;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.peer.PeerTotals;
import dev.hubkit.nats.route.Route;
import dev.hubkit.time.GoTime;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the statistics of a server ({@code STATSZ}): on request, and unasked while somebody
 * listens, often at first and every ten seconds later.
 */
final class StatszPublisher {
  private static final long FIRST_NANOS = 250_000_000L;
  private static final long LONGEST_NANOS = 10_000_000_000L;

  private final Reports reports;
  private final MonitoredServer server;
  private final Account system;
  private final ServerInfoStamp stamp;
  private final SystemPublisher outgoing;
  // Guarded by this object's monitor.
  private @Nullable Timer timer;
  private long interval = FIRST_NANOS;
  private boolean closed;

  StatszPublisher(
      Reports reports, Account system, ServerInfoStamp stamp, SystemPublisher outgoing) {
    this.reports = reports;
    this.server = reports.server();
    this.system = system;
    this.stamp = stamp;
    this.outgoing = outgoing;
  }

  /** Returns the subject of the statistics that are published unasked. */
  String broadcast() {
    return "$SYS.SERVER." + server.clients().info().serverId() + ".STATSZ";
  }

  synchronized void start() {
    if (!closed) {
      SupervisedTask beat = new SupervisedTask(this::beat, failure -> later());
      timer = server.time().schedule(interval, beat.on(outgoing::execute));
    }
  }

  private void beat() {
    send(broadcast());
    later();
  }

  private void later() {
    synchronized (this) {
      interval = Math.min(LONGEST_NANOS, interval * 2);
    }
    start();
  }

  /** Publishes them, if somebody listens. */
  void send(String subject) {
    if (system.hasInterest(subject)) {
      SystemPublisher.publish(system, subject, report());
    }
  }

  private JsonWriter report() {
    Clients clients = server.clients();
    JsonWriter json = stamp.write(JsonWriter.compact().beginObject(), "server");
    json.beginObject("statsz").field("start", GoTime.stamp(server.started()));
    reports.process(json);
    Set<Account> active = new HashSet<>();
    server.accounts().stream().filter(each -> each.leafNodeCount() > 0).forEach(active::add);
    for (Connection connection : clients.all()) {
      AuthenticatedUser user = connection.user();
      if (user != null) {
        active.add(user.account());
      }
    }
    json.field("connections", clients.all().size())
        .field("total_connections", clients.total())
        .field("active_accounts", active.size())
        .field("subscriptions", server.subscriptionCount());
    traffic(json, clients, server.routeTotals(), server.leafNodes().totals());
    Collection<Route> routes = server.routes();
    routes(json, routes);
    json.field("active_servers", routes.size() + 1);
    if (server.jetStreams() != null) {
      json.beginObject("jetstream");
      reports.jetStreamStatistics(json);
      json.endObject();
    }
    return json.endObject().endObject();
  }

  private void traffic(JsonWriter json, Clients clients, PeerTotals routes, PeerTotals leafs) {
    PeerTotals all = routes.plus(leafs);
    Traffic delivered = clients.delivered();
    flow(
        json, "sent", delivered.messages() + all.outMessages(), delivered.bytes() + all.outBytes());
    flow(json, "sent_to_clients", delivered.messages(), delivered.bytes());
    flow(
        json,
        "received",
        clients.inMessages() + all.inMessages(),
        clients.inBytes() + all.inBytes());
    flow(json, "received_from_clients", clients.inMessages(), clients.inBytes());
    json.field("slow_consumers", clients.slowConsumers() + all.slow());
    faults(json, "slow_consumer_stats", clients.slowConsumers(), routes.slow(), leafs.slow());
    json.fieldIfSet("stale_connections", clients.staleConnections() + all.stale());
    faults(
        json, "stale_connection_stats", clients.staleConnections(), routes.stale(), leafs.stale());
    json.fieldIfSet("stalled_clients", clients.stalls());
  }

  private void faults(JsonWriter json, String name, long clients, long routes, long leafs) {
    if (clients + routes + leafs > 0) {
      reports.counters(json, name, clients, routes, leafs);
    }
  }

  private static void routes(JsonWriter json, Collection<Route> routes) {
    if (routes.isEmpty()) {
      return;
    }
    json.beginArray("routes");
    for (Route route : routes) {
      json.beginObject().field("rid", route.id()).fieldIfSet("name", route.remoteName());
      flow(json, "sent", route.outMessages(), route.outBytes());
      flow(json, "received", route.inMessages(), route.inBytes());
      json.field("pending", route.pendingBytes()).endObject();
    }
    json.endArray();
  }

  private static void flow(JsonWriter json, String name, long messages, long bytes) {
    json.beginObject(name).field("msgs", messages).field("bytes", bytes).endObject();
  }

  synchronized void close() {
    closed = true;
    if (timer != null) {
      timer.cancel();
    }
  }
}
