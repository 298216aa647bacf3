package dev.hubkit.nats.system;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.monitor.MonitoredServer;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.net.ClientDescription;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.ConnectionObserver;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.GoTime;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events in the system account: clients and leaf nodes that connect, disconnect and are
 * refused, how many there are, and the server's shutdown. Writes no event that nobody listens to.
 */
final class SystemEvents implements ConnectionObserver {
  private static final String GLOBAL_ACCOUNT = "$G";
  private static final String REFUSED = "$SYS.ACCOUNT.CLIENT.AUTH.ERR";
  private static final String CONNECT = "io.nats.server.advisory.v1.client_connect";
  private static final String DISCONNECT = "io.nats.server.advisory.v1.client_disconnect";
  private static final String CONNECTIONS = "io.nats.server.advisory.v1.account_connections";
  // eventsHBInterval of nats-server: how often the number of connections is published without a
  // change.
  private static final long HEARTBEAT_NANOS = 30_000_000_000L;

  private final MonitoredServer server;
  private final Reports reports;
  private final Compatibility compatibility;
  private final Account system;
  private final ServerInfoStamp stamp;
  private final SystemPublisher outgoing;
  // Guarded by this object's monitor.
  private final Map<String, Timer> heartbeats = new HashMap<>();
  private boolean closed;

  SystemEvents(Reports reports, Account system, ServerInfoStamp stamp, SystemPublisher outgoing) {
    this.server = reports.server();
    this.reports = reports;
    this.compatibility = server.compatibility();
    this.system = system;
    this.stamp = stamp;
    this.outgoing = outgoing;
  }

  private JsonWriter typed(String type, long at) {
    return typed(type, Nuid.next(), at);
  }

  private JsonWriter typed(String type, String id, long at) {
    JsonWriter json =
        JsonWriter.compact()
            .beginObject()
            .field("type", type)
            .field("id", id)
            .field("timestamp", GoTime.stamp(at));
    return stamp.write(json, "server");
  }

  @Override
  public void connected(AuthenticatedPeer connection) {
    AuthenticatedUser user = connection.user();
    if (user == null) {
      return;
    }
    Account account = user.account();
    String subject = "$SYS.ACCOUNT." + account.name() + ".CONNECT";
    if (isGlobal(account) && !system.hasInterest(subject)) {
      stamp.skip();
      return;
    }
    long now = server.time().epochNanos();
    int clients = account.clientCount();
    outgoing.execute(
        () -> {
          connectionsChanged(account, clients, now);
          if (system.hasInterest(subject)) {
            JsonWriter json = typed(CONNECT, now);
            new ClientDescription(connection).write(json, "client", 0);
            SystemPublisher.publish(system, subject, json.endObject());
          } else {
            stamp.skip();
          }
        });
  }

  @Override
  public void disconnected(AuthenticatedPeer connection, String reason, boolean counted) {
    AuthenticatedUser user = connection.user();
    Account account = user == null ? null : user.account();
    String name = account == null ? GLOBAL_ACCOUNT : account.name();
    String subject = "$SYS.ACCOUNT." + name + ".DISCONNECT";
    if ((account == null || isGlobal(account)) && !system.hasInterest(subject)) {
      stamp.skip();
      return;
    }
    int clients = account == null ? 0 : account.clientCount();
    outgoing.execute(
        () -> {
          if (account != null && counted) {
            connectionsChanged(account, clients, connection.stopped());
          }
          end(subject, connection, reason);
        });
  }

  @Override
  public void counted(Account account) {
    if (!isGlobal(account)) {
      int clients = account.clientCount();
      long now = server.time().epochNanos();
      outgoing.execute(() -> connectionsChanged(account, clients, now));
    }
  }

  private static boolean isGlobal(Account account) {
    return account.name().equals(GLOBAL_ACCOUNT);
  }

  @Override
  public void refused(
      AuthenticatedPeer connection, CloseReason reason, @Nullable Account told, String why) {
    String id = server.clients().info().serverId();
    outgoing.execute(
        () -> {
          String subject = "$SYS.SERVER." + id + ".CLIENT.AUTH.ERR";
          end(subject, connection, reason.text());
          if (told != null && !why.isEmpty() && !compatibility.atLeast(Compatibility.V2_15)) {
            // nats-server 2.14 reports a refusal by an auth callout twice: where the answer
            // arrives, and where the client is refused.
            end(subject, connection, reason.text());
          }
          Account account = told == null ? global() : told;
          if (account != null && !why.isEmpty() && account.hasInterest(REFUSED)) {
            JsonWriter json = typed(DISCONNECT, server.time().epochNanos());
            ended(json, connection, account.name(), why);
            SystemPublisher.publish(account, REFUSED, json.endObject());
          }
        });
  }

  private @Nullable Account global() {
    for (Account account : server.accounts()) {
      if (isGlobal(account)) {
        return account;
      }
    }
    return null;
  }

  private void end(String subject, AuthenticatedPeer connection, String reason) {
    if (!system.hasInterest(subject)) {
      stamp.skip();
      return;
    }
    JsonWriter json = typed(DISCONNECT, connection.stopped());
    AuthenticatedUser user = connection.user();
    String nowhere = connection instanceof Connection ? GLOBAL_ACCOUNT : "N/A";
    ended(json, connection, user == null ? nowhere : user.account().name(), reason);
    SystemPublisher.publish(system, subject, json.endObject());
  }

  private static void ended(
      JsonWriter json, AuthenticatedPeer connection, String account, String why) {
    new ClientDescription(connection).write(json, "client", connection.stopped(), account);
    // What the client has sent is what the server has received; nats-server says it like this.
    flow(json, "sent", connection.inMessages(), connection.inBytes());
    flow(json, "received", connection.outMessages(), connection.outBytes());
    json.field("reason", why);
  }

  private static void flow(JsonWriter json, String name, long messages, long bytes) {
    json.beginObject(name).field("msgs", messages).field("bytes", bytes).endObject();
  }

  // Tells both of the same moment, under the same id.
  private void connectionsChanged(Account account, int clients, long at) {
    if (isGlobal(account)) {
      return;
    }
    String id = Nuid.next();
    for (String subject :
        List.of(
            "$SYS.SERVER.ACCOUNT." + account.name() + ".CONNS",
            "$SYS.ACCOUNT." + account.name() + ".SERVER.CONNS")) {
      if (system.hasInterest(subject)) {
        JsonWriter json = typed(CONNECTIONS, id, at);
        reports.accountStatistics(json, account, clients);
        SystemPublisher.publish(system, subject, json.endObject());
      } else {
        stamp.skip();
      }
    }
    beat(account);
  }

  /** Returns how many connections an account has, and their traffic. */
  JsonWriter connections(Account account) {
    JsonWriter json = typed(CONNECTIONS, server.time().epochNanos());
    reports.accountStatistics(json, account, account.clientCount());
    return json.endObject();
  }

  private void heartbeat(Account account) {
    connectionsChanged(account, account.clientCount(), server.time().epochNanos());
  }

  private synchronized void beat(Account account) {
    Timer before = heartbeats.remove(account.name());
    if (before != null) {
      before.cancel();
    }
    if (!closed && account.clientCount() + account.leafNodeCount() > 0) {
      heartbeats.put(
          account.name(),
          server
              .time()
              .schedule(
                  HEARTBEAT_NANOS,
                  new SupervisedTask(() -> heartbeat(account), failure -> beat(account))
                      .on(outgoing::execute)));
    }
  }

  /** Publishes that the server shuts down, while its clients are still connected. */
  void leaving(String how) {
    String subject = "$SYS.SERVER." + server.clients().info().serverId() + "." + how;
    if (system.hasInterest(subject)) {
      JsonWriter json = JsonWriter.compact().beginObject();
      stamp.fields(json);
      SystemPublisher.publish(system, subject, json.endObject());
    }
  }

  /** Ends its timers. */
  synchronized void close() {
    closed = true;
    heartbeats.values().forEach(Timer::cancel);
    heartbeats.clear();
  }
}
