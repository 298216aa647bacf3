package dev.hubkit.fossil.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hubkit.fossil.FossilRepository;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a repository over HTTP: the sync protocol to Fossil clients, at any path, and pages to
 * browsers; and {@linkplain #serve others} below paths of their own. Thread-safe.
 */
public final class FossilServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FossilServer.class);
  private static final int BACKLOG = 256;
  private static final Duration GRACE = Duration.ofSeconds(5);

  static {
    // Without it the JDK's server lets Nagle's algorithm hold back the body of every small reply on
    // a kept-alive connection until the client's delayed ACK, 40 ms. There is no setter.
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
  }

  private final HttpServer http;
  private final ExecutorService workers;
  private final FossilServerOptions options;
  private final ServedRepository served;
  private final ConcurrentHashMap<String, ServedRepository> others = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final String host;

  private FossilServer(HttpServer http, FossilRepository repository, FossilServerOptions options) {
    this.http = http;
    this.host = options.host();
    this.workers = newWorkers(options.threads());
    this.options = options;
    this.served = new ServedRepository(repository, options, "");
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
    http.createContext("/", server.served::handle);
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

  /**
   * Serves one more repository, below {@code /name/}, as {@code fossil server DIRECTORY} serves
   * several.
   *
   * @param name letters, digits, dashes and underscores
   * @param repository stays the caller's to close, after {@link #withdraw}
   * @return the address to clone from, such as {@code http://127.0.0.1:8765/name}
   * @throws IllegalArgumentException if the name is not such, or taken
   */
  public String serve(String name, FossilRepository repository) {
    if (!name.matches("[A-Za-z0-9_-]{1,100}")) {
      throw new IllegalArgumentException("Not a name to serve a repository under: " + name);
    }
    String base = "/" + name;
    ServedRepository added = new ServedRepository(repository, options, base);
    if (others.putIfAbsent(name, added) != null) {
      throw new IllegalArgumentException("There is a repository " + name + " already");
    }
    http.createContext(base, exchange -> handle(base, added, exchange));
    return url() + name;
  }

  // A context begins with its path, but need not have it as a whole part.
  private void handle(String base, ServedRepository other, HttpExchange exchange)
      throws IOException {
    String path = exchange.getRequestURI().getPath();
    boolean below = path.length() == base.length() || path.charAt(base.length()) == '/';
    (below ? other : served).handle(exchange);
  }

  /**
   * Serves no longer what {@link #serve} was called for; nothing when it is not served. Waits a few
   * seconds for requests that run.
   */
  public void withdraw(String name) {
    withdraw(name, GRACE);
  }

  private void withdraw(String name, Duration grace) {
    ServedRepository withdrawn = others.remove(name);
    if (withdrawn != null) {
      http.removeContext("/" + name);
      if (withdrawn.end(grace)) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The port listened on. */
  public int port() {
    return http.getAddress().getPort();
  }

  /** The address to clone from, such as {@code http://127.0.0.1:8765/}. */
  public String url() {
    return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port() + "/";
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
    end(GRACE);
  }

  /** {@link #close()} that cuts off running requests at once, as the end of the process does. */
  public void crash() {
    if (closed.compareAndSet(false, true)) {
      end(Duration.ZERO);
    }
  }

  private void end(Duration grace) {
    others.keySet().forEach(name -> withdraw(name, grace));
    boolean interrupted = served.end(grace);
    http.stop(0);
    workers.shutdownNow();
    try {
      if (!workers.awaitTermination(GRACE.toSeconds(), TimeUnit.SECONDS)) {
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
