package dev.hubkit.nats.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts TCP connections and deals them out to the event loops. */
public final class Listener implements EventLoop.Channel, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Listener.class);
  private static final int BACKLOG = 1024;

  private final ServerSocketChannel channel;
  private final List<EventLoop> loops;
  private final Clients clients;
  private final Carrier carrier;
  private final AtomicInteger next = new AtomicInteger();

  private Listener(
      ServerSocketChannel channel, List<EventLoop> loops, Clients clients, Carrier carrier) {
    this.channel = channel;
    this.loops = loops;
    this.clients = clients;
    this.carrier = carrier;
  }

  /** Binds a socket; port 0 takes a free one. */
  public static ServerSocketChannel bind(InetSocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, BACKLOG);
      channel.configureBlocking(false);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Begins to accept clients on plain TCP. */
  public static Listener start(
      ServerSocketChannel channel, List<EventLoop> loops, Clients clients) {
    return start(channel, loops, clients, Carrier.TCP);
  }

  /** Begins to accept clients that are carried otherwise. */
  public static Listener start(
      ServerSocketChannel channel, List<EventLoop> loops, Clients clients, Carrier carrier) {
    Listener listener = new Listener(channel, loops, clients, carrier);
    EventLoop acceptor = loops.get(0);
    acceptor.execute(
        () -> {
          try {
            acceptor.register(channel, SelectionKey.OP_ACCEPT, listener);
          } catch (ClosedChannelException e) {
            log.debug("Closed before it could accept anything");
          } catch (IOException e) {
            log.error("Can't accept connections", e);
          }
        });
    return listener;
  }

  @Override
  public void ready(SelectionKey key) {
    try {
      for (SocketChannel accepted = channel.accept();
          accepted != null;
          accepted = channel.accept()) {
        open(accepted);
      }
    } catch (ClosedChannelException e) {
      log.debug("No more connections are accepted");
    } catch (IOException e) {
      log.warn("Accepting a connection failed: {}", e.getMessage());
    }
  }

  private void open(SocketChannel accepted) throws IOException {
    try {
      accepted.configureBlocking(false);
      accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
      EventLoop loop = loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
      TcpTransport transport = new TcpTransport(accepted, loop);
      loop.execute(() -> begin(transport));
    } catch (IOException e) {
      // Gone before it was served.
      log.debug("An accepted connection failed: {}", e.getMessage());
      accepted.close();
    }
  }

  private void begin(TcpTransport transport) {
    carrier.carry(transport, clients);
  }

  /** Accepts no more; connections go on. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
