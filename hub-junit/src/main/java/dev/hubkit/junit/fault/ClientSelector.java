package dev.hubkit.junit.fault;

import io.nats.client.Connection;
import io.nats.client.api.ServerInfo;
import java.util.function.Predicate;

/**
 * Selects the NATS clients that a fault concerns, including those that connect later. Immutable.
 */
@SuppressWarnings("exports") // the optional libraries
public final class ClientSelector {
  private static final ClientSelector EVERYBODY = new ClientSelector("everybody", client -> true);

  private final String what;
  private final Predicate<dev.hubkit.nats.net.Connection> condition;

  private ClientSelector(String what, Predicate<dev.hubkit.nats.net.Connection> condition) {
    this.what = what;
    this.condition = condition;
  }

  /**
   * Selects the client behind a connection of jnats, also after it has reconnected.
   *
   * @throws IllegalArgumentException if the connection is closed
   */
  public static ClientSelector of(Connection connection) {
    String name = connection.getOptions().getConnectionName();
    String label = name == null || name.isEmpty() ? "a connection" : '"' + name + '"';
    if (connection.getStatus() == Connection.Status.CLOSED) {
      throw new IllegalArgumentException(
          "The connection "
              + (name == null || name.isEmpty() ? "" : label + " ")
              + "is closed, so no fault can concern it: inject the fault before you close it, or"
              + " open another with hub.connect()");
    }
    return new ClientSelector(
        label,
        client -> {
          ServerInfo known = connection.getServerInfo();
          return known != null && known.getClientId() == client.id();
        });
  }

  /** Selects the clients whose CONNECT contains this name. */
  public static ClientSelector named(String name) {
    return new ClientSelector("\"" + name + "\"", client -> name.equals(client.options().name()));
  }

  /** Selects the clients of one server of a hub that has several, by the name of the server. */
  public static ClientSelector ofServer(String name) {
    return new ClientSelector(
        "every client of " + name, client -> name.equals(client.server().serverName()));
  }

  /** Selects all clients. */
  public static ClientSelector everybody() {
    return EVERYBODY;
  }

  boolean includes(dev.hubkit.nats.net.Connection client) {
    return condition.test(client);
  }

  @Override
  public String toString() {
    return what;
  }
}
