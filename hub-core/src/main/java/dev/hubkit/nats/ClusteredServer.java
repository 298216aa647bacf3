package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.route.LocalServer;
import dev.hubkit.nats.route.RouteLogin;
import dev.hubkit.nats.trace.MessageTrace;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server as its cluster knows it.
 *
 * @param leafUrls returns where leaf nodes connect to it; empty for nowhere
 * @param peer its part of a cluster in this JVM whose streams are replicated; null for none
 */
record ClusteredServer(
    ServerAccounts accounts,
    ServerLogins logins,
    Clients clients,
    @Nullable JetStreamPeer peer,
    Supplier<String> leafUrls,
    Runnable onClusterChange)
    implements LocalServer {
  @Override
  public boolean replicatesWith(String serverId) {
    return peer != null && peer.cluster().hasServer(serverId);
  }

  @Override
  public Account account(String name) {
    return accounts.get(name);
  }

  @Override
  public String leafUrl() {
    return leafUrls.get();
  }

  @Override
  public void traced(MessageTrace trace, Account account) {
    clients.tracer().accept(trace, account);
  }

  @Override
  public void clusterChanged() {
    onClusterChange.run();
  }

  @Override
  public void checkPassword(String configured, String given, RouteLogin login) {
    logins.current().checkPassword(configured, given, login);
  }
}
