package dev.hubkit.http;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The socket of one connection, and what the loop waits for on it. For the loop's thread. */
final class HttpSocket {
  private static final Log log = Log.of(HttpSocket.class);

  private final SocketChannel channel;
  private final SocketTransport transport;
  private final SocketWriter out;
  private final InetSocketAddress remote;
  private final InetSocketAddress local;
  private @Nullable SelectionKey key;

  HttpSocket(SocketChannel channel, SocketTransport transport, SocketWriter out)
      throws IOException {
    this.channel = channel;
    this.transport = transport;
    this.out = out;
    this.remote = (InetSocketAddress) channel.getRemoteAddress();
    this.local = (InetSocketAddress) channel.getLocalAddress();
  }

  InetSocketAddress remote() {
    return remote;
  }

  InetSocketAddress local() {
    return local;
  }

  /** Waits for something to read, and gives {@code turn} its turn then. */
  void register(Selector selector, SelectorLoop.Turn turn) throws ClosedChannelException {
    key = channel.register(selector, SelectionKey.OP_READ, turn);
  }

  /** Waits for something to read if that is wanted, and for room while bytes wait to be sent. */
  void updateInterest(boolean reading) throws IOException {
    SelectionKey registered = key;
    if (registered == null || !registered.isValid()) {
      return;
    }
    int ops = reading ? SelectionKey.OP_READ : 0;
    boolean waits = !out.isEmpty();
    waits |= !transport.flush();
    registered.interestOps(waits ? ops | SelectionKey.OP_WRITE : ops);
  }

  /** Closes the socket and drops what waits for it. */
  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("Closing {} failed", remote, e);
    } finally {
      out.cut();
    }
  }
}
