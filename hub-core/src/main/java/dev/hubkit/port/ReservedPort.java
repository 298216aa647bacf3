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
 * A port that nobody else is given while no server listens on it yet: whoever connects to it is
 * refused. It is how the number of a free port is known before anybody is let in. Thread-safe.
 */
public final class ReservedPort implements AutoCloseable {
  private static final Log log = Log.of(ReservedPort.class);

  private final @Nullable SocketChannel socket;
  private final InetSocketAddress address;

  private ReservedPort(@Nullable SocketChannel socket, InetSocketAddress address) {
    this.socket = socket;
    this.address = address;
  }

  /** Opens what listens on an address. */
  public interface Opening<T> {
    T open(InetSocketAddress address) throws IOException;
  }

  /**
   * Takes a port.
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

  /** Takes a port if it can be had; else this only keeps in mind which it was. */
  public static ReservedPort tryToHold(InetSocketAddress address) {
    try {
      return hold(address);
    } catch (IOException e) {
      log.debug("{} can't be held: {}", address, e.getMessage());
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
   * Has {@code opening} listen on the port, and lets go of it. Where the system does not let two
   * sockets share a port, there is a moment between the two in which others could take it.
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

  /** Lets go of the port. */
  @Override
  public void close() {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      log.warn("Port {} can't be let go", number(), e);
    }
  }
}
