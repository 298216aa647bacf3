package dev.hubkit.junit.fault;

import io.nats.client.Connection;
import io.nats.client.api.ServerInfo;
import java.util.function.Predicate;

/** Which NATS clients something concerns, those that connect later included. Immutable. */
public final class ClientSelector {
  private static final ClientSelector EVERYBODY = new ClientSelector("everybody", client -> true);

  private final String what;
  private final Predicate<dev.hubkit.nats.net.Connection> meant;

  private ClientSelector(String what, Predicate<dev.hubkit.nats.net.Connection> meant) {
    this.what = what;
    this.meant = meant;
  }

  /** The client at the other end of a connection of jnats, also after it has reconnected. */
  public static ClientSelector of(Connection connection) {
    return new ClientSelector(
        "a connection",
        client -> {
          ServerInfo known = connection.getServerInfo();
          return known != null && known.getClientId() == client.id();
        });
  }

  /** Clients that gave themselves this name in CONNECT. */
  public static ClientSelector named(String name) {
    return new ClientSelector("\"" + name + "\"", client -> name.equals(client.options().name()));
  }

  /** All clients. */
  public static ClientSelector everybody() {
    return EVERYBODY;
  }

  boolean includes(dev.hubkit.nats.net.Connection client) {
    return meant.test(client);
  }

  @Override
  public String toString() {
    return what;
  }
}
