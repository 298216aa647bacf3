package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.route.LocalServer;
import dev.hubkit.nats.route.RouteLogin;
import dev.hubkit.nats.trace.MessageTrace;

/** A server as its cluster knows it. */
record ClusteredServer(
    ServerAccounts accounts, ServerLogins logins, Clients clients, Runnable onClusterChange)
    implements LocalServer {
  @Override
  public Account account(String name) {
    return accounts.get(name);
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
