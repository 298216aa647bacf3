package dev.hubkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a port from being given to others while no server listens on it: who connects to it is
 * refused. A server can be started on it while it is held.
 */
final class HeldPort implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HeldPort.class);

  private final int number;
  private final @Nullable SocketChannel socket;

  private HeldPort(int number, @Nullable SocketChannel socket) {
    this.number = number;
    this.socket = socket;
  }

  /** Holds a port as well as the system lets it be held. */
  static HeldPort hold(String host, int number) {
    SocketChannel socket = null;
    try {
      socket = SocketChannel.open();
      // Bound, but not listening: with this option, a listening socket may join it.
      socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      socket.bind(new InetSocketAddress(host, number));
    } catch (IOException e) {
      log.debug("Port {} can't be held: {}", number, e.getMessage());
    }
    return new HeldPort(number, socket);
  }

  int number() {
    return number;
  }

  @Override
  public void close() {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      log.warn("Port {} can't be let go", number, e);
    }
  }
}
