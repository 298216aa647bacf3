package dev.hubkit.nats.monitor;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.leaf.LeafNodes;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.peer.PeerTotals;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.route.Route;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The server that the monitor reports on. Thread-safe. */
public interface MonitoredServer {
  ServerConfig config();

  TimeSource time();

  Clients clients();

  Collection<Account> accounts();

  /** Returns the releases of nats-server that the server behaves like. */
  default Compatibility compatibility() {
    return clients().info().compatibility();
  }

  /** Returns how many subscriptions all accounts have together. */
  default long subscriptionCount() {
    long subscriptions = 0;
    for (Account account : accounts()) {
      subscriptions += account.interest().reportedCount();
    }
    return subscriptions;
  }

  /** Returns the state of an account of operator mode; null where it has no token. */
  @Nullable AccountState state(Account account);

  /** Returns the name of the system account; empty for none. */
  String systemAccount();

  /** Returns whether the options that hold now switch JetStream on. */
  boolean wantsJetStream();

  /** Returns JetStream; null when it is off. */
  @Nullable JetStreamServer jetStreams();

  /** Returns when the server started, in nanoseconds since the epoch. */
  long started();

  /** Returns the port of the WebSocket listener; 0 for none. */
  int webSocketPort();

  /** Returns the port for other servers; 0 for none. */
  int clusterPort();

  /** Returns the routes to other servers. */
  Collection<Route> routes();

  /** Returns the traffic of all routes so far. */
  PeerTotals routeTotals();

  /** Returns the connections to leaf nodes and hubs. */
  LeafNodes leafNodes();

  /** Returns why the whole server is unhealthy; empty when it is healthy. */
  String trouble();

  /** Returns the parts of the server that cannot go on. */
  Health health();
}
