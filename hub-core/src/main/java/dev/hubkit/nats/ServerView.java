package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.leaf.LeafNodes;
import dev.hubkit.nats.monitor.AccountState;
import dev.hubkit.nats.monitor.MonitoredServer;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.peer.PeerTotals;
import dev.hubkit.nats.route.Cluster;
import dev.hubkit.nats.route.Route;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What monitoring and the system account see of a server.
 *
 * @param options returns those that hold now
 * @param started in nanoseconds since the epoch
 */
record ServerView(
    Supplier<NatsOptions> options,
    TimeSource time,
    long started,
    Clients clients,
    ServerAccounts serverAccounts,
    JwtAccounts jwtAccounts,
    @Nullable JetStreamServer jetStreams,
    @Nullable WebSocketPort webSocket,
    @Nullable Cluster cluster,
    LeafNodes leafNodes,
    ServerClosing closing,
    Health health)
    implements MonitoredServer {
  @Override
  public ServerConfig config() {
    return options.get().config();
  }

  @Override
  public Collection<Account> accounts() {
    return serverAccounts.all();
  }

  @Override
  public @Nullable AccountState state(Account account) {
    return jwtAccounts.state(account.name());
  }

  @Override
  public String systemAccount() {
    ServerConfig config = config();
    return config.get(Options.NO_SYSTEM_ACCOUNT) ? "" : ServerAccounts.systemAccountName(config);
  }

  @Override
  public boolean wantsJetStream() {
    return options.get().storeDir() != null;
  }

  @Override
  public int webSocketPort() {
    return webSocket == null ? 0 : webSocket.port();
  }

  @Override
  public int clusterPort() {
    return cluster == null ? 0 : cluster.port();
  }

  @Override
  public Collection<Route> routes() {
    return cluster == null ? List.of() : cluster.routes();
  }

  @Override
  public PeerTotals routeTotals() {
    return cluster == null ? PeerTotals.NONE : cluster.totals();
  }

  @Override
  public String trouble() {
    return closing.hasBegun() ? "server is shutting down" : "";
  }
}
