package dev.hubkit.nats;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The servers of this JVM that take clients, as the system's table of ports has them: it is how a
 * client within the JVM finds a server by the address it was given. Thread-safe.
 */
final class RunningServers {
  private static final List<NatsServer> SERVERS = new CopyOnWriteArrayList<>();

  private RunningServers() {}

  static void add(NatsServer server) {
    SERVERS.add(server);
  }

  static void remove(NatsServer server) {
    SERVERS.remove(server);
  }

  static Optional<NatsServer> find(String host, int port) {
    List<NatsServer> there = SERVERS.stream().filter(server -> server.port() == port).toList();
    if (there.isEmpty()) {
      return Optional.empty();
    }
    try {
      InetAddress wanted = InetAddress.getByName(host);
      for (NatsServer server : there) {
        InetAddress bound = InetAddress.getByName(server.options().host());
        if (bound.isAnyLocalAddress() || bound.equals(wanted)) {
          return Optional.of(server);
        }
      }
    } catch (UnknownHostException e) {
      // A socket would not get anywhere, either.
    }
    return Optional.empty();
  }
}
