package dev.hubkit.port;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A port that no other process gets although no server listens on it yet: clients that connect are
 * refused. So the number of a free port is known before clients are let in. Thread-safe.
 */
public final class ReservedPort implements AutoCloseable {
  private static final Log log = Log.of(ReservedPort.class);

  private final @Nullable SocketChannel socket;
  private final InetSocketAddress address;

  private ReservedPort(@Nullable SocketChannel socket, InetSocketAddress address) {
    this.socket = socket;
    this.address = address;
  }

  /** Opens a server on an address. */
  public interface Opening<T> {
    T open(InetSocketAddress address) throws IOException;
  }

  /**
   * Reserves a port.
   *
   * @param address port 0 takes a free one
   * @throws BindException if the port is in use, or the address is not this machine's
   * @throws UnknownHostException if there is no such host
   */
  public static ReservedPort hold(InetSocketAddress address) throws IOException {
    if (address.isUnresolved()) {
      throw new UnknownHostException("unknown host");
    }
    SocketChannel socket = SocketChannel.open();
    try {
      // Bound, but not listening: with this option, a listening socket may join it.
      socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      socket.bind(address);
      return new ReservedPort(socket, (InetSocketAddress) socket.getLocalAddress());
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Reserves a port if it is free; otherwise only remembers its number. */
  public static ReservedPort tryToHold(InetSocketAddress address) {
    try {
      return hold(address);
    } catch (IOException e) {
      log.debug("Cannot reserve {}: {}", address, e.getMessage());
      return new ReservedPort(null, address);
    }
  }

  public int number() {
    return address.getPort();
  }

  /** The address, with the number of the port. */
  public InetSocketAddress address() {
    return address;
  }

  /**
   * Lets {@code opening} listen on the port, and releases it. Where the system does not allow two
   * sockets to share a port, another process could take it in between.
   */
  public <T> T open(Opening<T> opening) throws IOException {
    T opened;
    try {
      opened = opening.open(address);
    } catch (BindException e) {
      close();
      return opening.open(address);
    }
    close();
    return opened;
  }

  /** Releases the port. */
  @Override
  public void close() {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      log.warn("Cannot release port {}", number(), e);
    }
  }
}
