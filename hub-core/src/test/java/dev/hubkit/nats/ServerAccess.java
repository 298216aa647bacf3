package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.leaf.Leaf;
import dev.hubkit.nats.route.Route;
import dev.hubkit.nats.wire.ServerInfo;
import java.util.Collection;

/** Lets tests of other packages see parts of a server that its public API does not expose. */
public final class ServerAccess {
  private ServerAccess() {}

  /** Returns the routes to other servers of the cluster that are open now. */
  public static Collection<Route> routes(NatsServer server) {
    return server.routes();
  }

  /** Returns the connections to leaf nodes and hubs that are open now. */
  public static Collection<Leaf> leafs(NatsServer server) {
    return server.leafs();
  }

  /** Returns the account of that name, and creates it when there is none. */
  public static Account account(NatsServer server, String name) {
    return server.account(name);
  }

  /** Returns the account of clients that belong to no other. */
  public static Account defaultAccount(NatsServer server) {
    return server.account(NatsServer.GLOBAL_ACCOUNT);
  }

  /** Returns the content of INFO for clients that connect now. */
  public static ServerInfo info(NatsServer server) {
    return server.info();
  }
}
