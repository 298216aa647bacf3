package dev.hubkit.fossil.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hubkit.fossil.FossilRepository;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one repository over HTTP: the sync protocol to Fossil clients, at any path, and pages to
 * browsers. Thread-safe.
 */
public final class FossilServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FossilServer.class);
  private static final int BACKLOG = 256;
  private static final int GRACE_SECONDS = 5;

  static {
    // Without it the JDK's server lets Nagle's algorithm hold back the body of every small reply on
    // a kept-alive connection until the client's delayed ACK, 40 ms. There is no setter.
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
  }

  private final HttpServer http;
  private final ExecutorService workers;
  private final RequestHandler handler;
  private final Phaser exchanges = new Phaser(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final String host;

  private FossilServer(HttpServer http, FossilRepository repository, FossilServerOptions options) {
    this.http = http;
    this.host = options.host();
    this.workers = newWorkers(options.threads());
    this.handler = new RequestHandler(repository, options);
  }

  /**
   * Starts to serve.
   *
   * @param repository stays the caller's to close, after this server
   * @throws BindException if the port is in use or the address is not this machine's
   * @throws IOException if the server cannot be set up otherwise; nothing is left behind
   */
  public static FossilServer start(FossilRepository repository, FossilServerOptions options)
      throws IOException {
    HttpServer http;
    try {
      http = HttpServer.create(new InetSocketAddress(options.host(), options.port()), BACKLOG);
    } catch (BindException e) {
      BindException named =
          new BindException(
              "Cannot serve Fossil on "
                  + options.host()
                  + ":"
                  + options.port()
                  + ": "
                  + e.getMessage());
      named.initCause(e);
      throw named;
    } catch (SocketException e) {
      throw new IOException("Cannot serve Fossil on " + options.host() + ":" + options.port(), e);
    }
    FossilServer server = new FossilServer(http, repository, options);
    http.setExecutor(server.workers);
    http.createContext("/", server::handle);
    http.start();
    return server;
  }

  private static ExecutorService newWorkers(int threads) {
    AtomicInteger number = new AtomicInteger();
    return Executors.newFixedThreadPool(
        threads,
        task -> {
          Thread thread = new Thread(task, "fossil-http-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /** The port listened on. */
  public int port() {
    return http.getAddress().getPort();
  }

  /** The address to clone from, such as {@code http://127.0.0.1:8765/}. */
  public String url() {
    return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port() + "/";
  }

  private void handle(HttpExchange exchange) throws IOException {
    if (exchanges.register() < 0) {
      exchange.close();
      return;
    }
    try (exchange) {
      handler.handle(exchange);
    } catch (IOException e) {
      // The client went away, or sent what is not HTTP.
      log.debug("Exchange with {} broke off", exchange.getRemoteAddress(), e);
    } catch (RuntimeException | Error e) {
      log.error("Failed to answer {}", exchange.getRequestURI(), e);
      throw e;
    } finally {
      exchanges.arriveAndDeregister();
    }
  }

  /**
   * Stops to listen, waits a few seconds for running requests, then cuts them off. Afterwards no
   * thread and no port is held. Closing twice does nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    boolean interrupted = false;
    try {
      exchanges.awaitAdvanceInterruptibly(exchanges.arrive(), GRACE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      log.warn("Requests still run after {} s; cutting them off", GRACE_SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    end(interrupted);
  }

  /** {@link #close()} that cuts off running requests at once, as the end of the process does. */
  public void crash() {
    if (closed.compareAndSet(false, true)) {
      end(false);
    }
  }

  private void end(boolean interruptedBefore) {
    boolean interrupted = interruptedBefore;
    exchanges.forceTermination();
    http.stop(0);
    workers.shutdownNow();
    try {
      if (!workers.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("A request does not end");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
