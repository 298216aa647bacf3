package dev.hubkit.nats;

import dev.hubkit.port.ReservedPort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The ports of one server of a cluster: nobody else gets them while it is down. Closing lets them
 * go.
 *
 * <p>Where the system does not let a server listen on a port that is held, they are let go as soon
 * as the server starts, and could then be taken by others while it is down.
 *
 * <p>Not thread-safe.
 */
final class HeldPorts implements AutoCloseable {
  // A process that this JVM has just started holds copies of all sockets until it has closed them.
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final ReservedPort clients;
  private final ReservedPort routes;

  private HeldPorts(ReservedPort clients, ReservedPort routes) {
    this.clients = clients;
    this.routes = routes;
  }

  /** Takes two free ports of an address. */
  static HeldPorts take(String clientHost, String routeHost) {
    try {
      ReservedPort clients = ReservedPort.hold(new InetSocketAddress(clientHost, 0));
      try {
        return new HeldPorts(clients, ReservedPort.hold(new InetSocketAddress(routeHost, 0)));
      } catch (IOException | RuntimeException e) {
        clients.close();
        throw e;
      }
    } catch (IOException e) {
      throw new NatsException("No free port: " + e.getMessage(), e);
    }
  }

  int clientPort() {
    return clients.number();
  }

  int routePort() {
    return routes.number();
  }

  /**
   * Starts a server on these ports; while one of them is still in use, tries again.
   *
   * @throws NatsException if the server can't be started, or not within a few seconds
   */
  NatsServer start(Supplier<NatsServer> starting) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return starting.get();
      } catch (NatsException e) {
        if (!(e.getCause() instanceof BindException) || System.nanoTime() - end > 0) {
          throw e;
        }
        close();
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  @Override
  public void close() {
    clients.close();
    routes.close();
  }
}
