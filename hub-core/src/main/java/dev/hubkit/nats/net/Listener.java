package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
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
import org.jspecify.annotations.Nullable;

/** Accepts TCP connections and deals them out to the event loops. */
public final class Listener implements EventLoop.Channel, AutoCloseable {
  private static final Log log = Log.of(Listener.class);
  private static final Supervisor SUPERVISOR = new Supervisor("listener");
  private static final int BACKLOG = 1024;
  // How long the loop that accepts may take to begin.
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  // ACCEPT_MIN_SLEEP and ACCEPT_MAX_SLEEP of nats-server.
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ServerSocketChannel channel;
  private final List<EventLoop> loops;
  private final Clients clients;
  private final ConnectionFactory carrier;
  private final EventLoop acceptor;
  private final EventLoop.Alarm resumption = new EventLoop.Alarm(this::resumeAccepting);
  private final AtomicInteger next = new AtomicInteger();
  // On the thread of the loop that accepts.
  private @Nullable SelectionKey key;
  private long pause = FIRST_PAUSE_NANOS;

  private Listener(
      ServerSocketChannel channel,
      List<EventLoop> loops,
      Clients clients,
      ConnectionFactory carrier) {
    this.channel = channel;
    this.loops = loops;
    this.clients = clients;
    this.carrier = carrier;
    this.acceptor = loops.get(0);
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
  public static Listener start(ReservedPort port, List<EventLoop> loops, Clients clients)
      throws IOException {
    return start(port, loops, clients, ConnectionFactory.TCP);
  }

  /**
   * Begins to accept clients on another kind of transport. Until this is called, a client that
   * connects to the port is refused; from then on each connection is served.
   *
   * @throws IOException if the port can't be listened on
   */
  public static Listener start(
      ReservedPort port, List<EventLoop> loops, Clients clients, ConnectionFactory carrier)
      throws IOException {
    EventLoop acceptor = loops.get(0);
    CompletableFuture<Listener> started = new CompletableFuture<>();
    // On the loop's thread, which serves what is accepted once the task is done.
    acceptor.execute(
        new SupervisedTask(
            () -> {
              try {
                Listener listener = open(port, acceptor, loops, clients, carrier);
                if (!started.complete(listener)) {
                  // Nobody waits for it any more.
                  listener.close();
                }
              } catch (IOException e) {
                started.completeExceptionally(e);
              }
            },
            started::completeExceptionally));
    return result(started, port);
  }

  private static Listener open(
      ReservedPort port,
      EventLoop acceptor,
      List<EventLoop> loops,
      Clients clients,
      ConnectionFactory carrier)
      throws IOException {
    ServerSocketChannel channel = port.open(Listener::bind);
    try {
      WorkStep.LISTENER_START.reach();
      Listener listener = new Listener(channel, loops, clients, carrier);
      listener.key = acceptor.register(channel, SelectionKey.OP_ACCEPT, listener);
      return listener;
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  private static Listener result(CompletableFuture<Listener> started, ReservedPort port)
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

  /** Accepts again after a pause. On the thread of the loop that accepts. */
  private void resumeAccepting() {
    SelectionKey registered = key;
    if (registered != null && registered.isValid()) {
      registered.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  /** Tries the socket again a little later, after a failure. */
  @Override
  public void failed(Throwable failure) {
    acceptor.set(resumption, pause);
  }

  @Override
  public void ready(SelectionKey selected) {
    try {
      for (SocketChannel accepted = accept(); accepted != null; accepted = accept()) {
        open(accepted);
      }
      if (pause > FIRST_PAUSE_NANOS) {
        pause = FIRST_PAUSE_NANOS;
        log.info("{} accepts connections again", this);
      }
    } catch (ClosedChannelException e) {
      log.debug("No more connections are accepted");
    } catch (Throwable failure) {
      pauseAccepting(selected, failure);
    }
  }

  private @Nullable SocketChannel accept() throws IOException {
    WorkStep.LISTENER_ACCEPT.reach();
    return channel.accept();
  }

  // The socket stays ready while nothing can be accepted, for example for lack of descriptors,
  // so the loop ignores it for a while, as nats-server does (acceptError in server/server.go).
  private void pauseAccepting(SelectionKey selected, Throwable failure) {
    acceptor.set(resumption, pause);
    boolean first = pause == FIRST_PAUSE_NANOS;
    pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    selected.interestOps(0);
    if (first && failure instanceof IOException) {
      log.error(
          "{} can't accept a connection: {}; it tries again within a second. If it has too many"
              + " files open, raise the limit (ulimit -n)",
          this,
          failure.getMessage());
    } else if (first) {
      SUPERVISOR.failed(this, failure, null);
    }
  }

  private void open(SocketChannel accepted) {
    boolean opened = false;
    try {
      WorkStep.LISTENER_OPEN.reach();
      accepted.configureBlocking(false);
      accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
      EventLoop loop = loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
      TcpTransport transport = new TcpTransport(accepted, loop);
      transport.execute(() -> carrier.carry(transport, clients));
      opened = true;
    } catch (IOException e) {
      log.debug("An accepted connection was gone before it was served: {}", e.getMessage());
    } catch (Throwable failure) {
      SUPERVISOR.failed(accepted, failure, null);
    } finally {
      if (!opened) {
        close(accepted);
      }
    }
  }

  private static void close(SocketChannel accepted) {
    try {
      accepted.close();
    } catch (IOException e) {
      log.debug("An accepted connection can't be closed: {}", e.getMessage());
    }
  }

  @Override
  public String toString() {
    return "The listener at " + channel;
  }

  /** Accepts no more; connections go on, but for those that are not upgraded to WebSocket yet. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      carrier.close();
    }
  }
}
