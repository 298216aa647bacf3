package dev.hubkit.junit;

import io.nats.client.Connection;
import io.nats.client.api.ServerInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The open connections that were opened for tests of a hub. While there are none, this class does
 * not need the NATS client on the class path. Thread-safe.
 */
final class OpenConnections {
  private final HubResource hub;
  private final List<Connection> connections = new ArrayList<>();
  // JUnit's store closes these; a reset between tests does not.
  private final Set<Connection> kept = new HashSet<>();
  private boolean closed;

  OpenConnections(HubResource hub) {
    this.hub = hub;
  }

  /**
   * Adds a connection.
   *
   * @throws IllegalStateException if the hub has been stopped; this method has closed the
   *     connection
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

  /** Leaves it to JUnit's store to close a connection. */
  synchronized void keep(Connection connection) {
    kept.add(connection);
  }

  /** Returns all open connections. */
  synchronized Set<Connection> all() {
    return new HashSet<>(connections);
  }

  /** Closes all connections but these, and but those left to JUnit's store. */
  void closeBut(Set<Connection> those) {
    List<Connection> others;
    synchronized (this) {
      others = new ArrayList<>(connections);
      others.removeAll(those);
      others.removeAll(kept);
    }
    closeAll(others);
  }

  /** Closes all connections, and rejects further ones. */
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

  /** Closes a connection, also at the server, which would otherwise notice later. */
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

  // A server started after a crash gives the same IDs to other clients.
  private boolean isOfThisServer(ServerInfo known) {
    return hub.hub().natsServers().stream()
        .anyMatch(server -> server.id().equals(known.getServerId()));
  }
}
