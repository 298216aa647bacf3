package dev.hubkit.nats.monitor;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.route.Route;
import dev.hubkit.nats.route.RouteTotals;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What the monitor reports on. Its methods can be called by any thread. */
public interface MonitoredServer {
  ServerConfig config();

  TimeSource time();

  Clients clients();

  Collection<Account> accounts();

  /** How many subscriptions all accounts have together. */
  default long subscriptionCount() {
    long subscriptions = 0;
    for (Account account : accounts()) {
      subscriptions += account.interest().subscriptionCount();
    }
    return subscriptions;
  }

  /** The name of the system account; empty for none. */
  String systemAccount();

  /** Returns whether the options that hold now switch JetStream on. */
  boolean wantsJetStream();

  /** Null when JetStream is off. */
  @Nullable JetStreamServer jetStreams();

  /** When the server started, in nanoseconds since the epoch. */
  long started();

  /** The port of the WebSocket listener; 0 for none. */
  int webSocketPort();

  /** The port for other servers; 0 for none. */
  int clusterPort();

  /** The routes to other servers. */
  Collection<Route> routes();

  /** What has gone through routes so far. */
  RouteTotals routeTotals();

  /** What keeps the whole server from being healthy; empty when nothing does. */
  String trouble();

  /** What of it cannot go on. */
  Health health();
}
