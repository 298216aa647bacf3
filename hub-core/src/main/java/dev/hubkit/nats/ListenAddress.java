package dev.hubkit.nats;

import dev.hubkit.port.ReservedPort;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Where a server is to listen.
 *
 * @param port 0 for any free one
 */
record ListenAddress(String host, int port) {
  /**
   * Reserves the port without accepting anybody yet.
   *
   * @throws NatsException if it can't be had, for one because it is in use
   */
  ReservedPort reserve() {
    try {
      return ReservedPort.hold(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw new NatsException(
          "NATS can't listen on " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }
}
