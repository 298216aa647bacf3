package dev.hubkit.nats.net;

import dev.hubkit.port.HeldPort;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts TCP connections and deals them out to the event loops. */
public final class Listener implements EventLoop.Channel, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Listener.class);
  private static final int BACKLOG = 1024;
  // How long the loop that accepts may take to begin.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

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

  private static ServerSocketChannel bind(InetSocketAddress address) throws IOException {
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
  public static Listener start(HeldPort port, List<EventLoop> loops, Clients clients)
      throws IOException {
    return start(port, loops, clients, Carrier.TCP);
  }

  /**
   * Begins to accept clients that are carried otherwise. Until this is called, whoever connects to
   * the port is refused; from then on each connection is served.
   *
   * @throws IOException if the port can't be listened on
   */
  public static Listener start(
      HeldPort port, List<EventLoop> loops, Clients clients, Carrier carrier) throws IOException {
    EventLoop acceptor = loops.get(0);
    CompletableFuture<Listener> started = new CompletableFuture<>();
    // On the loop's thread, which serves what is accepted once the task is done.
    acceptor.execute(
        () -> {
          try {
            Listener listener = open(port, acceptor, loops, clients, carrier);
            if (!started.complete(listener)) {
              // Nobody waits for it any more.
              listener.close();
            }
          } catch (IOException | RuntimeException e) {
            started.completeExceptionally(e);
          }
        });
    return result(started, port);
  }

  private static Listener open(
      HeldPort port, EventLoop acceptor, List<EventLoop> loops, Clients clients, Carrier carrier)
      throws IOException {
    ServerSocketChannel channel = port.open(Listener::bind);
    try {
      Listener listener = new Listener(channel, loops, clients, carrier);
      acceptor.register(channel, SelectionKey.OP_ACCEPT, listener);
      return listener;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static Listener result(CompletableFuture<Listener> started, HeldPort port)
      throws IOException {
    try {
      return started.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof IOException io ? io : new IOException(cause);
    } catch (TimeoutException | InterruptedException e) {
      if (!started.completeExceptionally(e)) {
        started.join().close();
      }
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while starting to listen");
      }
      throw new IOException("no thread has been free to listen on " + port.address(), e);
    }
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
