package dev.hubkit.junit;

import io.nats.client.Connection;
import io.nats.client.api.ServerInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The connections that were made for tests of a hub, or of a part of it, and are not closed yet.
 * Without any of them it works without the NATS client on the class path. Thread-safe.
 */
final class OpenConnections {
  private final HubResource hub;
  private final List<Connection> connections = new ArrayList<>();
  // Those that their scope closes, whatever is done between tests.
  private final Set<Connection> kept = new HashSet<>();
  private boolean closed;

  OpenConnections(HubResource hub) {
    this.hub = hub;
  }

  /**
   * Takes one in.
   *
   * @throws IllegalStateException if the hub has been stopped; the connection is closed then
   */
  void add(Connection connection) {
    synchronized (this) {
      if (!closed) {
        connections.removeIf(each -> each.getStatus() == Connection.Status.CLOSED);
        connections.add(connection);
        return;
      }
    }
    close(connection);
    throw new IllegalStateException("This hub has been stopped");
  }

  /** Leaves one to its scope. */
  synchronized void keep(Connection connection) {
    kept.add(connection);
  }

  /** All of them. */
  synchronized Set<Connection> all() {
    return new HashSet<>(connections);
  }

  /** Closes all but these, and but those that are kept. */
  void closeBut(Set<Connection> those) {
    List<Connection> others;
    synchronized (this) {
      others = new ArrayList<>(connections);
      others.removeAll(those);
      others.removeAll(kept);
    }
    closeAll(others);
  }

  /** Closes all, and takes no more. */
  void close() {
    List<Connection> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(connections);
    }
    closeAll(all);
  }

  // A method reference would load the class of connections.
  private void closeAll(List<Connection> these) {
    for (Connection each : these) {
      close(each);
    }
  }

  /** Closes one, and has the server let it go at once. */
  void close(Connection connection) {
    synchronized (this) {
      kept.remove(connection);
      connections.remove(connection);
    }
    ServerInfo known = connection.getServerInfo();
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!hub.isExternal(Service.NATS) && isOfThisServer(known)) {
      hub.clients().kick(known.getClientId());
    }
  }

  // One that was started after a crash gives the same numbers to others.
  private boolean isOfThisServer(ServerInfo known) {
    return hub.clients().info().serverId().equals(known.getServerId());
  }
}
