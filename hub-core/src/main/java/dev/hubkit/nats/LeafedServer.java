package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.leaf.LeafServer;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.net.Authenticator;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.ConnectionDetails;
import dev.hubkit.nats.net.ConnectionObserver;
import dev.hubkit.nats.net.SubscriptionDetails;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.ServerInfo;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server as its leaf node connections know it.
 *
 * @param options returns those that hold now
 * @param cluster returns the name of its cluster; empty for none
 * @param clusterUrls returns where leaf nodes connect to the other servers of its cluster
 */
record LeafedServer(
    Supplier<NatsOptions> options,
    ServerAccounts accounts,
    ServerLogins serverLogins,
    Clients clients,
    @Nullable JetStreamServer jetStreams,
    Supplier<String> cluster,
    Supplier<List<String>> clusterUrls)
    implements LeafServer {
  private ServerConfig config() {
    return options.get().config();
  }

  @Override
  public Account account(String name) {
    return accounts.get(name);
  }

  @Override
  public Authenticator logins() {
    return serverLogins.current().leafNodes();
  }

  @Override
  public ServerInfo info() {
    return clients.info();
  }

  @Override
  public String clusterName() {
    String name = cluster.get();
    // A lone server that is a leaf node is a cluster of its own, under its own name.
    return name.isEmpty() && !config().get(Options.LEAFNODES).remotes().isEmpty()
        ? clients.info().serverName()
        : name;
  }

  @Override
  public List<String> otherUrls() {
    return clusterUrls.get();
  }

  @Override
  public boolean hasSystemAccount() {
    return !config().get(Options.NO_SYSTEM_ACCOUNT);
  }

  @Override
  public boolean isSystem(Account account) {
    return hasSystemAccount() && account.name().equals(ServerAccounts.systemAccountName(config()));
  }

  @Override
  public boolean hasJetStream(Account account) {
    return jetStreams != null && jetStreams.of(account) != null;
  }

  @Override
  public String domain() {
    return config().get(Options.JETSTREAM_SETTINGS).domain();
  }

  @Override
  public boolean hasJetStream() {
    return jetStreams != null;
  }

  @Override
  public boolean hasEmptyDefaultDomain(Account account) {
    Map<String, String> domains = config().get(Options.DEFAULT_JS_DOMAINS);
    return isSystem(account) ? domains.containsValue("") : "".equals(domains.get(account.name()));
  }

  @Override
  public int maxSubscriptions() {
    return options.get().maxSubscriptions();
  }

  @Override
  public void traced(MessageTrace trace, Account account) {
    clients.tracer().accept(trace, account);
  }

  @Override
  public long newId() {
    return clients.newId();
  }

  @Override
  public ConnectionObserver observer() {
    return clients.observer();
  }

  @Override
  public void disconnected(AuthenticatedPeer leaf, boolean counted) {
    List<SubscriptionDetails> ended =
        leaf.subscriptions().stream().map(SubscriptionDetails::of).toList();
    clients.remember(ConnectionDetails.ofClosed(leaf, ended.size(), ended));
    clients.observer().disconnected(leaf, String.valueOf(leaf.closedBecause()), counted);
  }
}
