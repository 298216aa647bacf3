package dev.hubkit.http;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.hubkit.log.Log;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP or HTTPS server that no slow or silent peer holds up: one thread waits for all sockets, a
 * handler gets only whole requests, and it never waits for a client to read the answer.
 * Thread-safe.
 *
 * <p>It differs from the JDK's server in this: it refuses {@link #setExecutor}, since it has
 * threads of its own; a handler answers before it returns, or the server closes its exchange;
 * whatever a handler throws becomes status 500 unless the answer has begun; the answer to an
 * HTTP/1.0 request is an HTTP/1.0 answer.
 */
public final class NioHttpServer extends HttpServer {
  private static final Log log = Log.of(NioHttpServer.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int BACKLOG = 1024;

  private final Contexts contexts = new Contexts(this);
  private final HttpServerOptions options;
  private final Workers workers;
  private final HttpConnections connections;
  private final SelectorLoop loop;
  private final ServerSocketChannel listening;
  private final Acceptor acceptor;
  private boolean stopped;
  private volatile @Nullable InetSocketAddress address;

  private NioHttpServer(HttpServerOptions options) throws IOException {
    this.options = options;
    this.workers = Workers.of(options.workers(), options.name() + "-");
    Supervisor supervisor = new Supervisor(options.name());
    this.connections =
        new HttpConnections(
            options,
            supervisor,
            new Dispatcher(
                contexts,
                workers,
                supervisor,
                new DateHeader(options.clock()),
                options.cleanPaths()));
    this.listening = ServerSocketChannel.open();
    this.acceptor = new Acceptor(listening, connections);
    boolean made = false;
    try {
      this.loop =
          new SelectorLoop(
              options.name(),
              supervisor,
              options.health().part("HTTP server " + options.name()),
              options.times().tickMillis(),
              new Ticks());
      this.connections.runOn(loop);
      made = true;
    } finally {
      if (!made) {
        listening.close();
      }
    }
  }

  private final class Ticks implements SelectorLoop.Ticking {
    @Override
    public boolean isNeeded() {
      return acceptor.isPaused() || connections.isNeeded();
    }

    @Override
    public void tick(long now) {
      acceptor.tick(now);
      connections.tick(now);
    }

    @Override
    public void ended() {
      connections.ended();
    }
  }

  /**
   * Makes a server that listens, and answers once it is started.
   *
   * @param address port 0 takes a free port
   * @throws BindException if the server cannot listen on the address; nothing is left behind
   */
  public static NioHttpServer create(InetSocketAddress address, HttpServerOptions options)
      throws IOException {
    NioHttpServer server = new NioHttpServer(options);
    boolean bound = false;
    try {
      server.bind(address, BACKLOG);
      bound = true;
      return server;
    } finally {
      if (!bound) {
        server.stop(Duration.ZERO);
      }
    }
  }

  @Override
  public void bind(InetSocketAddress wanted, int backlog) throws IOException {
    // The socket's own bind throws nothing but IOExceptions.
    listening.socket().bind(wanted, backlog > 0 ? backlog : BACKLOG);
    listening.configureBlocking(false);
    address = (InetSocketAddress) listening.getLocalAddress();
  }

  @Override
  public synchronized void start() {
    if (loop.isStarted() || stopped) {
      throw new IllegalStateException("The server was started or stopped before");
    }
    try {
      acceptor.register();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    loop.start();
  }

  /**
   * Refuses.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public void setExecutor(@Nullable Executor executor) {
    throw new UnsupportedOperationException("This server has threads of its own");
  }

  @Override
  public Executor getExecutor() {
    return workers;
  }

  @Override
  public void stop(int delaySeconds) {
    stop(Duration.ofSeconds(delaySeconds));
  }

  /**
   * Stops listening, waits at most {@code patience} until the clients have the answers to their
   * present requests, then closes every connection. When this returns, the port is free and the
   * threads have ended, unless a handler ignores interrupts. Later calls do nothing.
   */
  public void stop(Duration patience) {
    synchronized (this) {
      if (stopped) {
        return;
      }
      stopped = true;
    }
    boolean interrupted = false;
    try {
      stopListening();
      loop.wakeup();
      if (loop.isStarted()) {
        connections.awaitAnswers(patience.toNanos());
      }
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      // Whatever was thrown, no thread keeps running.
      interrupted |= end();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns whether the thread was interrupted while it waited. */
  private boolean end() {
    try {
      workers.shutdownNow();
    } finally {
      loop.end();
    }
    try {
      if (!loop.awaitEnd(PATIENCE)) {
        log.warn("The event loop of {} does not end", options.name());
      }
      if (!workers.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        log.warn("A request to {} does not end", options.name());
      }
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  private void stopListening() {
    try {
      listening.close();
    } catch (IOException e) {
      log.debug("Closing the port of {} failed", options.name(), e);
    }
  }

  @Override
  public HttpContext createContext(String path, HttpHandler handler) {
    return contexts.add(path, handler);
  }

  @Override
  public HttpContext createContext(String path) {
    return contexts.add(path, null);
  }

  @Override
  public void removeContext(String path) {
    contexts.remove(path);
  }

  @Override
  public void removeContext(HttpContext context) {
    contexts.remove(context.getPath());
  }

  /** Waits until no request is being answered. */
  void awaitAnswers(Duration patience) throws InterruptedException {
    connections.awaitAnswers(patience.toNanos());
  }

  /** Returns how many connections are open. */
  int openConnections() {
    return connections.size();
  }

  @Override
  public InetSocketAddress getAddress() {
    InetSocketAddress known = address;
    if (known == null) {
      throw new IllegalStateException("The server has not been bound");
    }
    return known;
  }
}
